#include "tests/integration/virtual_core/virtual_core.h"

#include <filesystem>
#include <sstream>

#include "common/file.h"
#include "common/process.h"

namespace mcunas {
namespace {

namespace fs = std::filesystem;

Expected<std::string> Run(const std::vector<std::string>& arguments) {
  ProcessRequest request;
  request.arguments = arguments;
  request.time_limit = std::chrono::minutes(4);
  const Expected<ProcessResult> result = RunProcess(request);
  if (!result) return result.error();
  if (result->exit_code != 0) return Error{ErrorCode::kBoard, arguments[0] + ": " + result->output};
  return result->output;
}

std::string InputText(const std::vector<int8_t>& input) {
  std::string text = "static const int8_t test_input[] = {";
  for (int8_t b : input) text += std::to_string(b) + ",";
  return text + "};\n";
}

Expected<fs::path> Compile(const GeneratedSources& sources, const VirtualCore& core,
                           const fs::path& folder) {
  const fs::path own = DataRoot() / "tests/integration/virtual_core";
  const fs::path elf = folder / (core.core + ".elf");
  std::vector<std::string> arguments = {"arm-none-eabi-gcc",
                                        "-std=gnu11",
                                        "-O2",
                                        "-mcpu=" + core.core,
                                        "-mthumb",
                                        "-mfloat-abi=soft",
                                        "-Wall",
                                        "-Wextra",
                                        "-Werror",
                                        "-ffunction-sections",
                                        "-fdata-sections",
                                        "-I" + folder.string(),
                                        "--specs=nano.specs",
                                        "-nostartfiles",
                                        "-Wl,--gc-sections",
                                        "-T" + (own / "virtual_core.ld").string(),
                                        "-o" + elf.string(),
                                        (own / "virtual_core.c").string()};
  arguments.insert(arguments.end(), core.flags.begin(), core.flags.end());
  for (const auto& [path, text] : sources.files) {
    if (path.ends_with(".c") && path != "main.c") arguments.push_back((folder / path).string());
  }
  const Expected<std::string> output = Run(arguments);
  if (!output) return output.error();
  return elf;
}

std::string Machine(const std::string& core) {
  return core == "cortex-m7" ? "mps2-an500" : "mps2-an386";
}

Expected<VirtualRun> Parse(const std::string& text) {
  VirtualRun run;
  std::istringstream lines(text);
  std::string label;
  int64_t value = 0;
  while (lines >> label >> value) {
    if (label == "total") run.instructions = value;
    if (label == "output") run.output.push_back(static_cast<int8_t>(value));
    if (label == "operator") run.operator_instructions.push_back(value);
  }
  if (run.instructions == 0)
    return Error{ErrorCode::kBoard, "no result from the emulator: " + text};
  return run;
}

// Sum of the text sections of the kernels and the program, by nm.
Expected<int64_t> CodeBytes(const fs::path& elf) {
  const auto symbols = Run({"arm-none-eabi-nm", "-S", "--defined-only", elf.string()});
  if (!symbols) return symbols.error();
  std::istringstream lines(*symbols);
  std::string line;
  int64_t total = 0;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string address, size, type, name;
    if (!(words >> address >> size >> type >> name)) continue;
    if (type == "T" || type == "t") total += std::stoll(size, nullptr, 16);
  }
  return total;
}

}  // namespace

bool VirtualCoreToolsExist() {
  return !FindProgram("arm-none-eabi-gcc").empty() && !FindProgram("qemu-system-arm").empty();
}

Expected<VirtualRun> RunOnVirtualCore(const GeneratedSources& sources, const VirtualCore& core,
                                      const std::vector<int8_t>& input, const std::string& folder) {
  if (auto written = WriteSources(sources, folder); !written) return written.error();
  auto written = WriteFileAtomically(fs::path(folder) / "test_input.h", InputText(input));
  if (!written) return written.error();
  const Expected<fs::path> elf = Compile(sources, core, folder);
  if (!elf) return elf.error();
  const Expected<std::string> text =
      Run({"qemu-system-arm", "-M", Machine(core.core), "-nographic", "-monitor", "none", "-serial",
           "none", "-semihosting-config", "enable=on,target=native", "-icount", "shift=0",
           "-kernel", elf->string()});
  if (!text) return text.error();
  Expected<VirtualRun> run = Parse(*text);
  if (!run) return run;
  const Expected<int64_t> code = CodeBytes(*elf);
  if (!code) return code.error();
  run->code_bytes = *code;
  return run;
}

}  // namespace mcunas
