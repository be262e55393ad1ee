#include "engine/toolchain/cross_compiler.h"

#include <unistd.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <regex>
#include <set>
#include <thread>

#include "common/hash.h"
#include "common/names.h"
#include "common/process.h"
#include "common/text.h"

namespace mcunas {
namespace {

namespace fs = std::filesystem;

constexpr int kParallelJobs = 2;
constexpr std::chrono::milliseconds kCompileLimit{120'000};
constexpr size_t kShownBytes = 2000;

Expected<ProcessResult> RunTool(const std::vector<std::string>& arguments) {
  ProcessRequest request;
  request.arguments = arguments;
  request.time_limit = kCompileLimit;
  return RunProcess(request);
}

void Append(std::vector<std::string>* to, const std::vector<std::string>& more) {
  to->insert(to->end(), more.begin(), more.end());
}

Expected<void> CompileOne(const CrossCompiler& compiler, const CompileUnit& unit,
                          const fs::path& object) {
  std::vector<std::string> arguments = {compiler.program};
  Append(&arguments, CompileFlags(compiler));
  Append(&arguments, unit.flags);
  Append(&arguments, {"-c", unit.source.string(), "-o", object.string()});
  const Expected<ProcessResult> result = RunTool(arguments);
  if (!result.ok()) return result.error();
  if (result->exit_code == 0) return {};
  return Error{ErrorCode::kUnsupported, unit.source.filename().string() + " does not compile: " +
                                            result->output.substr(0, kShownBytes)};
}

Expected<void> CopyFile(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::copy_file(from, to, fs::copy_options::overwrite_existing, error);
  if (!error) return {};
  return Error{ErrorCode::kIo, "cannot write " + to.string() + ": " + error.message()};
}

std::string CacheName(const CrossCompiler& compiler, const CompileUnit& unit) {
  std::string key = compiler.version + '\n' + Join(CompileFlags(compiler), "\n") + '\n';
  return HashBytes(key + unit.identity).Hex() + ".o";
}

// A unique name beside the final one, so that two builds at once never see half an object.
fs::path PrivateName(const fs::path& path) {
  static std::atomic<int> counter{0};
  return path.string() + "." + std::to_string(getpid()) + "." + std::to_string(counter++);
}

Expected<void> Obtain(const CrossCompiler& compiler, const CompileUnit& unit,
                      const fs::path& cache_folder) {
  if (unit.identity.empty()) return CompileOne(compiler, unit, unit.object);
  const fs::path cached = cache_folder / CacheName(compiler, unit);
  std::error_code error;
  if (!fs::exists(cached, error)) {
    const fs::path fresh = PrivateName(cached);
    if (auto compiled = CompileOne(compiler, unit, fresh); !compiled.ok()) return compiled;
    fs::rename(fresh, cached, error);
    if (error) return Error{ErrorCode::kIo, "cannot write " + cached.string()};
  }
  return CopyFile(cached, unit.object);
}

}  // namespace

Expected<CrossCompiler> FindCrossCompiler(Core core) {
  CrossCompiler compiler;
  compiler.program = FindProgram("arm-none-eabi-gcc");
  if (compiler.program.empty()) {
    return Error{ErrorCode::kUnsupported,
                 "no cross compiler for boards; install it with: apt-get install "
                 "gcc-arm-none-eabi libnewlib-arm-none-eabi"};
  }
  const CoreRow& row = RowOf(kCores, core);
  compiler.core_flags = {std::string("-mcpu=") + row.name, std::string("-mfpu=") + row.fpu};
  if (*row.schedule != '\0') compiler.core_flags.push_back(std::string("-D") + row.schedule);
  const Expected<ProcessResult> version = RunTool({compiler.program, "-dumpfullversion"});
  if (!version.ok()) return version.error();
  compiler.version = Trim(version->output);
  return compiler;
}

std::vector<std::string> CompileFlags(const CrossCompiler& compiler) {
  // Not -ffreestanding: it turns the four-byte memcpy idiom into calls, 4.7 times the instructions.
  std::vector<std::string> flags = {"-std=c11",
                                    "-O2",
                                    "-mthumb",
                                    "-mfloat-abi=hard",
                                    "--specs=nano.specs",
                                    "-ffunction-sections",
                                    "-fdata-sections",
                                    "-fno-common",
                                    "-Wall",
                                    "-Wextra",
                                    "-Werror"};
  Append(&flags, compiler.core_flags);
  return flags;
}

Expected<void> CompileAll(const CrossCompiler& compiler, const std::vector<CompileUnit>& units,
                          const fs::path& cache_folder) {
  std::error_code error;
  fs::create_directories(cache_folder, error);
  if (error) return Error{ErrorCode::kIo, "cannot create " + cache_folder.string()};
  std::atomic<size_t> next{0};
  std::mutex mutex;
  std::optional<Error> first_error;
  const auto work = [&] {
    for (size_t i = next++; i < units.size(); i = next++) {
      const Expected<void> done = Obtain(compiler, units[i], cache_folder);
      if (done.ok()) continue;
      const std::lock_guard lock(mutex);
      if (!first_error) first_error = done.error();
      next = units.size();
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kParallelJobs; ++i) threads.emplace_back(work);
  }
  if (first_error) return *first_error;
  return {};
}

Expected<void> Link(const CrossCompiler& compiler, const LinkRequest& request) {
  std::vector<std::string> arguments = {compiler.program};
  Append(&arguments, CompileFlags(compiler));
  Append(&arguments,
         {"-nostartfiles", "-T", request.script.string(), "-L" + request.script_folder.string(),
          "-Wl,--gc-sections", "-Wl,--build-id=none", "-Wl,-Map=" + request.map.string()});
  for (const fs::path& object : request.objects) arguments.push_back(object.string());
  Append(&arguments, {"-o", request.elf.string()});
  const Expected<ProcessResult> result = RunTool(arguments);
  if (!result.ok()) return result.error();
  if (result->exit_code == 0) return {};
  const auto overflow = ParseOverflow(result->output);
  std::vector<std::string> parts;
  for (const auto& [region, bytes] : overflow) {
    parts.push_back((region == "RAM" ? "SRAM" : "flash") + std::string(" overflows by ") +
                    std::to_string(bytes) + " bytes");
  }
  if (!parts.empty()) return Error{ErrorCode::kInfeasible, Join(parts, ", ")};
  return Error{ErrorCode::kUnsupported,
               "the image does not link: " + result->output.substr(0, kShownBytes)};
}

std::map<std::string, int64_t> ParseOverflow(const std::string& linker_output) {
  static const std::regex kPattern("region [`'](\\w+)' overflowed by (\\d+) bytes");
  std::map<std::string, int64_t> overflow;
  for (auto match = std::sregex_iterator(linker_output.begin(), linker_output.end(), kPattern);
       match != std::sregex_iterator(); ++match) {
    overflow[(*match)[1]] = std::stoll((*match)[2]);
  }
  return overflow;
}

std::string TextWithIncludes(const std::string& name,
                             const std::map<std::string, std::string>& files) {
  static const std::regex kInclude("#[ \t]*include[ \t]*\"([^\"]+)\"");
  std::set<std::string> seen = {name};
  std::vector<std::string> pending = {name};
  std::string text;
  while (!pending.empty()) {
    const std::string& content = files.at(pending.back());
    pending.pop_back();
    text += content + '\0';
    for (auto match = std::sregex_iterator(content.begin(), content.end(), kInclude);
         match != std::sregex_iterator(); ++match) {
      const std::string base = fs::path((*match)[1].str()).filename();
      // By base name: a file too many only makes the cache less eager.
      for (const auto& [path, unused] : files) {
        if (fs::path(path).filename() == base && seen.insert(path).second) pending.push_back(path);
      }
    }
  }
  return text;
}

}  // namespace mcunas
