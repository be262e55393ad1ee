// The one symbol that the shared object exports.
#include <malloc.h>

#include <ATen/Parallel.h>

#include <exception>
#include <filesystem>
#include <thread>

#include "common/log.h"
#include "supernet/internal/service.h"

namespace mcunas {
namespace {

// Activations of one step are tens of MB each. By default glibc gives such blocks back to the
// system on every free, and touching fresh pages costs several times the arithmetic.
void KeepFreedMemory() {
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, 2'000'000'000);
  mallopt(M_TOP_PAD, 64 << 20);
}

void JoinRunLog(const std::string& run_folder) {
  const std::filesystem::path log = std::filesystem::path(run_folder) / "log.jsonl";
  std::error_code ignored;
  if (!std::filesystem::exists(log, ignored)) return;
  // This object carries its own copy of the logger; both append whole lines to one file.
  if (auto opened = OpenJsonLog(log); !opened) LogWarning(opened.error().message);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) Expected<std::unique_ptr<SupernetService>>
mcunas_create_supernet(const SupernetRequest& request) {
  try {
    KeepFreedMemory();
    SetLogLevel(request.log_level);
    JoinRunLog(request.run_folder);
    const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    at::set_num_threads(request.supernet.threads > 0 ? static_cast<int>(request.supernet.threads)
                                                     : cores);
    return LibTorchSupernet::Create(request);
  } catch (const std::exception& e) {
    return Error{ErrorCode::kUnsupported, std::string("LibTorch: ") + e.what()};
  }
}

}  // namespace mcunas
