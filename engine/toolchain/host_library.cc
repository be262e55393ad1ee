#include "engine/toolchain/host_library.h"

#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <chrono>
#include <filesystem>
#include <thread>

#include "common/check.h"
#include "common/process.h"

namespace mcunas {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kCompileLimit{300'000};

// The dynamic loader knows libraries by path: two networks must never share one.
fs::path UniqueName(const fs::path& folder, const std::string& name) {
  static std::atomic<int> counter{0};
  return folder / (name + "." + std::to_string(getpid()) + "." + std::to_string(counter++) + ".so");
}

Expected<void> Compile(const GeneratedSources& sources, const fs::path& folder,
                       const fs::path& library, const std::string& optimisation) {
  ProcessRequest request;
  request.arguments = {"cc",    "-std=c11", optimisation, "-shared", "-fPIC",
                       "-Wall", "-Wextra",  "-Werror",    "-o",      library.string()};
  for (const auto& [path, text] : sources.files) {
    if (path.ends_with(".c") && path != "main.c")
      request.arguments.push_back((folder / path).string());
  }
  request.time_limit = kCompileLimit;
  const Expected<ProcessResult> result = RunProcess(request);
  if (!result) return result.error().WithContext("compiling the generated C for this machine");
  if (result->exit_code == 0) return {};
  const std::string why = result->timed_out ? "the compiler took too long" : result->output;
  return Error{ErrorCode::kUnsupported, "the generated C does not compile on this machine: " + why};
}

// Value of "#define <name> <digits>" of the header.
int64_t MacroValue(const GeneratedSources& sources, const std::string& name) {
  const std::string& header = sources.files.at(sources.name + ".h");
  const std::string pattern = name + " ";
  const size_t at = header.find("#define " + pattern);
  MCUNAS_CHECK(at != std::string::npos, "the generated header lacks " + name);
  return std::stoll(header.substr(at + 8 + pattern.size()));
}

}  // namespace

struct HostNetwork::Impl {
  using RunFunction = int (*)(void*, const int8_t*, int8_t*);
  using ReadRow = int (*)(void*, int, int8_t*);
  using RunRowsFunction = int (*)(void*, ReadRow, void*, int8_t*);

  using ProfileHook = void (*)(void* user, int op);
  using RunProfiledFunction = int (*)(void*, const int8_t*, int8_t*, ProfileHook, void*);

  void* handle = nullptr;
  RunFunction run = nullptr;
  RunProfiledFunction run_profiled = nullptr;
  RunRowsFunction run_rows = nullptr;  // nullptr: the input is resident
  std::vector<size_t> arena_bytes;     // of each region
  size_t input_bytes = 0;
  size_t output_bytes = 0;

  ~Impl() {
    if (handle) dlclose(handle);
  }

  // One inference with arenas of its own: call(what the generated functions take first).
  template <typename Call>
  int WithArenas(Call call) const {
    std::vector<std::vector<int64_t>> memory;
    std::vector<void*> arenas;
    for (const size_t bytes : arena_bytes) {
      memory.emplace_back((bytes + 7) / 8 + 1);
      arenas.push_back(memory.back().data());
    }
    return call(arenas.size() == 1 ? arenas[0] : static_cast<void*>(arenas.data()));
  }
};

HostNetwork::HostNetwork(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HostNetwork::HostNetwork(HostNetwork&&) noexcept = default;
HostNetwork& HostNetwork::operator=(HostNetwork&&) noexcept = default;
HostNetwork::~HostNetwork() = default;

Expected<HostNetwork> HostNetwork::Build(const GeneratedSources& sources,
                                         const std::string& work_folder,
                                         const std::string& optimisation) {
  std::error_code error;
  const fs::path folder = fs::absolute(work_folder, error);
  if (auto written = WriteSources(sources, folder.string()); !written) return written.error();
  const fs::path library = UniqueName(folder, sources.name);
  if (auto compiled = Compile(sources, folder, library, optimisation); !compiled)
    return compiled.error();
  auto impl = std::make_unique<Impl>();
  impl->handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  const std::string reason = impl->handle ? "" : dlerror();
  // Loaded or not, nobody opens it by name again.
  fs::remove(library, error);
  if (!impl->handle) return Error{ErrorCode::kIo, "cannot load the compiled network: " + reason};
  impl->run =
      reinterpret_cast<Impl::RunFunction>(dlsym(impl->handle, (sources.name + "_run").c_str()));
  impl->run_profiled = reinterpret_cast<Impl::RunProfiledFunction>(
      dlsym(impl->handle, (sources.name + "_run_profiled").c_str()));
  MCUNAS_CHECK(impl->run && impl->run_profiled, "the generated code has no run function");
  std::string upper = sources.name;
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return std::toupper(c); });
  impl->run_rows = reinterpret_cast<Impl::RunRowsFunction>(
      dlsym(impl->handle, (sources.name + "_run_rows").c_str()));
  impl->arena_bytes.push_back(static_cast<size_t>(MacroValue(sources, upper + "_ARENA_BYTES")));
  for (const Bytes& more : sources.more_arenas)
    impl->arena_bytes.push_back(static_cast<size_t>(more.value));
  impl->input_bytes = static_cast<size_t>(MacroValue(sources, upper + "_INPUT_BYTES"));
  impl->output_bytes = static_cast<size_t>(MacroValue(sources, upper + "_OUTPUT_BYTES"));
  return HostNetwork(std::move(impl));
}

size_t HostNetwork::output_bytes() const { return impl_->output_bytes; }

std::vector<int8_t> HostNetwork::Run(std::span<const int8_t> input) const {
  MCUNAS_CHECK(input.size() == impl_->input_bytes, "an input of another size than the network's");
  std::vector<int8_t> output(impl_->output_bytes);
  const int failed = impl_->WithArenas(
      [&](void* arena) { return impl_->run(arena, input.data(), output.data()); });
  MCUNAS_CHECK(failed == 0, "the generated code refused its buffers");
  return output;
}

std::vector<int8_t> HostNetwork::RunProfiled(std::span<const int8_t> input,
                                             const OperatorHook& hook) const {
  MCUNAS_CHECK(input.size() == impl_->input_bytes && impl_->arena_bytes.size() == 1,
               "an input of another size than the network's, or several regions");
  std::vector<int8_t> output(impl_->output_bytes);
  struct Caller {
    const OperatorHook& hook;
    const int8_t* arena;
  } caller{hook, nullptr};
  const auto forward = [](void* user, int op) {
    const auto* to = static_cast<const Caller*>(user);
    to->hook(op, to->arena);
  };
  const int failed = impl_->WithArenas([&](void* arena) {
    caller.arena = static_cast<const int8_t*>(arena);
    return impl_->run_profiled(arena, input.data(), output.data(), forward, &caller);
  });
  MCUNAS_CHECK(failed == 0, "the generated code refused its buffers");
  return output;
}

int HostNetwork::RunRows(int (*read_row)(void* user, int row, int8_t* destination), void* user,
                         std::span<int8_t> output) const {
  MCUNAS_CHECK(impl_->run_rows && output.size() == impl_->output_bytes,
               "this network does not stream, or has an output of another size");
  return impl_->WithArenas(
      [&](void* arena) { return impl_->run_rows(arena, read_row, user, output.data()); });
}

std::vector<int8_t> RunAll(const HostNetwork& network, std::span<const int8_t> inputs,
                           int64_t input_bytes, int threads) {
  const auto size = static_cast<size_t>(input_bytes);
  MCUNAS_CHECK(input_bytes > 0 && inputs.size() % size == 0,
               "inputs of another size than the network's");
  const size_t count = inputs.size() / size;
  std::vector<int8_t> outputs(count * network.output_bytes());
  std::atomic<size_t> next{0};
  const auto work = [&] {
    for (size_t i = next++; i < count; i = next++) {
      const std::vector<int8_t> output = network.Run(inputs.subspan(i * size, size));
      std::copy(output.begin(), output.end(), outputs.data() + i * output.size());
    }
  };
  std::vector<std::jthread> pool;
  for (int t = 1; t < threads && static_cast<size_t>(t) < count; ++t) pool.emplace_back(work);
  work();
  pool.clear();
  return outputs;
}

}  // namespace mcunas
