#include "tests/fuzz/network_batch.h"

#include <dlfcn.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <filesystem>
#include <set>

#include "common/check.h"
#include "common/process.h"

namespace mcunas {
namespace {

namespace fs = std::filesystem;

constexpr size_t kGuard = 64;
constexpr int8_t kGuardByte = 0x5A;

using RunFunction = int (*)(void*, const int8_t*, int8_t*);

Expected<void> Compiler(std::vector<std::string> arguments) {
  ProcessRequest request;
  request.arguments = {"cc", "-std=c11", "-O1", "-fPIC", "-Wall", "-Wextra", "-Werror"};
  request.arguments.insert(request.arguments.end(), arguments.begin(), arguments.end());
  request.time_limit = std::chrono::milliseconds(300'000);
  const Expected<ProcessResult> result = RunProcess(request);
  if (!result) return result.error();
  if (result->exit_code != 0) return Error{ErrorCode::kUnsupported, result->output};
  return {};
}

bool IsKernel(const std::string& file) { return file.starts_with("mcu_"); }

int64_t MacroValue(const GeneratedSources& sources, const std::string& what) {
  std::string name = sources.name + "_" + what;
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return std::toupper(c); });
  const std::string& header = sources.files.at(sources.name + ".h");
  const size_t at = header.find("#define " + name + " ");
  MCUNAS_CHECK(at != std::string::npos, "the generated header lacks " + name);
  return std::stoll(header.substr(at + 9 + name.size()));
}

// Bytes with guards on both sides.
class Guarded {
 public:
  Guarded(size_t bytes, uint8_t fill) : bytes_(bytes), words_((bytes + 2 * kGuard) / 8 + 1) {
    int8_t* all = reinterpret_cast<int8_t*>(words_.data());
    std::fill_n(all, words_.size() * 8, kGuardByte);
    std::fill_n(data(), bytes, static_cast<int8_t>(fill));
  }
  int8_t* data() { return reinterpret_cast<int8_t*>(words_.data()) + kGuard; }
  bool Intact() {
    const auto whole = [](const int8_t* from) {
      return std::all_of(from, from + kGuard, [](int8_t b) { return b == kGuardByte; });
    };
    return whole(data() - kGuard) && whole(data() + bytes_);
  }

 private:
  size_t bytes_;
  std::vector<int64_t> words_;
};

}  // namespace

struct NetworkBatch::Impl {
  void* handle = nullptr;
  struct One {
    RunFunction run = nullptr;
    size_t arena = 0, input = 0, output = 0;
  };
  std::vector<One> networks;

  ~Impl() {
    if (handle != nullptr) dlclose(handle);
  }
};

NetworkBatch::NetworkBatch(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
NetworkBatch::NetworkBatch(NetworkBatch&&) noexcept = default;
NetworkBatch& NetworkBatch::operator=(NetworkBatch&&) noexcept = default;
NetworkBatch::~NetworkBatch() = default;

Expected<NetworkBatch> NetworkBatch::Build(const std::vector<GeneratedSources>& sources,
                                           const std::string& folder) {
  std::set<std::string> files;
  for (const GeneratedSources& one : sources) {
    if (auto written = WriteSources(one, folder); !written) return written.error();
    for (const auto& [path, text] : one.files) {
      if (!path.ends_with(".c") || path == "main.c") continue;
      const std::string file = (fs::path(folder) / path).string();
      if (!IsKernel(path)) {
        files.insert(file);
        continue;
      }
      const std::string object = file + ".o";
      if (!fs::exists(object)) {
        if (auto done = Compiler({"-c", file, "-o", object}); !done) return done.error();
      }
      files.insert(object);
    }
  }
  const std::string library = (fs::path(folder) / (sources.front().name + ".so")).string();
  std::vector<std::string> arguments = {"-shared", "-o", library};
  arguments.insert(arguments.end(), files.begin(), files.end());
  if (auto done = Compiler(arguments); !done) return done.error();
  auto impl = std::make_unique<Impl>();
  impl->handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (impl->handle == nullptr) return Error{ErrorCode::kIo, dlerror()};
  for (const GeneratedSources& one : sources) {
    const auto run =
        reinterpret_cast<RunFunction>(dlsym(impl->handle, (one.name + "_run").c_str()));
    MCUNAS_CHECK(run, "the generated code has no run function");
    impl->networks.push_back({run, static_cast<size_t>(MacroValue(one, "ARENA_BYTES")),
                              static_cast<size_t>(MacroValue(one, "INPUT_BYTES")),
                              static_cast<size_t>(MacroValue(one, "OUTPUT_BYTES"))});
    for (const auto& [path, text] : one.files)
      if (!IsKernel(path)) fs::remove(fs::path(folder) / path);
  }
  fs::remove(library);
  return NetworkBatch(std::move(impl));
}

Expected<std::vector<int8_t>> NetworkBatch::Run(size_t index, std::span<const int8_t> input,
                                                uint8_t garbage) const {
  const Impl::One& one = impl_->networks[index];
  MCUNAS_CHECK(input.size() == one.input, "an input of another size than the network's");
  Guarded arena(one.arena, garbage);
  Guarded output(one.output, garbage);
  if (one.run(arena.data(), input.data(), output.data()) != 0)
    return Error{ErrorCode::kCorrupt, "the generated code refuses its buffers"};
  if (!arena.Intact()) return Error{ErrorCode::kCorrupt, "written outside the arena"};
  if (!output.Intact()) return Error{ErrorCode::kCorrupt, "written outside the output"};
  return std::vector<int8_t>(output.data(), output.data() + one.output);
}

}  // namespace mcunas
