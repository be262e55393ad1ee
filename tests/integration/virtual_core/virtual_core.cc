#include "tests/integration/virtual_core/virtual_core.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <sstream>
#include <string_view>

#include "common/check.h"
#include "common/file.h"
#include "common/process.h"

namespace mcunas {
namespace {

namespace fs = std::filesystem;

// An emulated board: QEMU's name, and where it has memory.
struct Board {
  std::string_view core, machine;
  uint32_t code, code_bytes, ram, ram_bytes;
};

constexpr Board kBoards[] = {
    {"cortex-m3", "mps2-an385", 0, 4 << 20, 0x20000000, 4 << 20},
    {"cortex-m4", "mps2-an386", 0, 4 << 20, 0x20000000, 4 << 20},
    {"cortex-m7", "mps2-an500", 0, 4 << 20, 0x20000000, 4 << 20},
    {"cortex-m33", "mps2-an505", 0x10000000, 4 << 20, 0x38000000, 4 << 20},
    {"cortex-m0", "microbit", 0, 256 << 10, 0x20000000, 16 << 10},
    {"cortex-m0plus", "mps2-an385", 0, 4 << 20, 0x20000000, 4 << 20},
};

const Board& BoardOf(const std::string& core) {
  const auto* board = std::find_if(std::begin(kBoards), std::end(kBoards),
                                   [&](const Board& b) { return b.core == core; });
  MCUNAS_CHECK(board != std::end(kBoards), "no emulated board has a " + core);
  return *board;
}

Expected<std::string> RunCommand(const std::vector<std::string>& arguments,
                                 const fs::path& folder = {},
                                 std::chrono::minutes limit = std::chrono::minutes(4)) {
  ProcessRequest request;
  request.arguments = arguments;
  request.working_folder = folder;
  request.time_limit = limit;
  const Expected<ProcessResult> result = RunProcess(request);
  if (!result) return result.error();
  if (result->exit_code != 0)
    return Error{ErrorCode::kBoard,
                 arguments[0] + (result->timed_out ? ": out of time" : ": ") + result->output};
  return result->output;
}

std::vector<std::string> Emulator(const std::string& core, const std::string& elf) {
  return {"qemu-system-arm",
          "-M",
          std::string(BoardOf(core).machine),
          "-nographic",
          "-monitor",
          "none",
          "-serial",
          "none",
          "-semihosting-config",
          "enable=on,target=native",
          "-kernel",
          elf};
}

std::string InputText(const std::vector<int8_t>& input) {
  std::string text = "static const int8_t test_input[] = {";
  for (int8_t b : input) text += std::to_string(b) + ",";
  return text + "};\n";
}

std::string Symbol(const char* name, uint32_t value) {
  return std::string("-Wl,--defsym=") + name + "=" + std::to_string(value);
}

// Kernels are the same from network to network: ccache, where it is there, knows most of them. It
// wants relative names.
Expected<void> CompileFile(const std::string& source, const std::string& object,
                           const VirtualCore& core, const fs::path& folder) {
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
                                        "--specs=nano.specs",
                                        "-I.",
                                        "-c",
                                        source,
                                        "-o",
                                        object};
  static const bool cached = !FindProgram("ccache").empty();
  if (cached) arguments.insert(arguments.begin(), "ccache");
  arguments.insert(arguments.end(), core.flags.begin(), core.flags.end());
  const Expected<std::string> output = RunCommand(arguments, folder);
  if (!output) return output.error();
  return {};
}

// program: the file of this folder with run().
Expected<fs::path> Compile(const GeneratedSources& sources, const VirtualCore& core,
                           const char* program, const fs::path& folder) {
  const fs::path own = DataRoot() / "tests/integration/virtual_core";
  const fs::path elf = folder / (core.core + ".elf");
  const Board& board = BoardOf(core.core);
  std::vector<std::string> link = {"arm-none-eabi-gcc",
                                   "-mcpu=" + core.core,
                                   "-mthumb",
                                   "-mfloat-abi=soft",
                                   "--specs=nano.specs",
                                   "-nostartfiles",
                                   "-Wl,--gc-sections",
                                   Symbol("code", board.code),
                                   Symbol("code_bytes", board.code_bytes),
                                   Symbol("ram", board.ram),
                                   Symbol("ram_bytes", board.ram_bytes),
                                   "-T" + (own / "virtual_core.ld").string(),
                                   "-o" + elf.filename().string()};
  std::vector<std::string> files = {(own / program).string()};
  for (const auto& [path, text] : sources.files) {
    if (path.ends_with(".c") && path != "main.c") files.push_back(path);
  }
  for (size_t i = 0; i < files.size(); ++i) {
    link.push_back(std::to_string(i) + ".o");
    if (auto compiled = CompileFile(files[i], link.back(), core, folder); !compiled)
      return compiled.error();
  }
  const Expected<std::string> output = RunCommand(link, folder);
  if (!output) return output.error();
  return elf;
}

std::string PlacesText(const std::vector<OperatorOutputs::Place>& places) {
  std::string text =
      "struct operator_place {\n  uint32_t offset, bytes;\n};\n"
      "static const struct operator_place operator_places[] = {\n";
  for (const auto& place : places) {
    text += "    {" + std::to_string(place.offset) + ", " + std::to_string(place.bytes) + "},\n";
  }
  return text + "};\n";
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
  const auto symbols = RunCommand({"arm-none-eabi-nm", "-S", "--defined-only", elf.string()});
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
  const Expected<fs::path> elf = Compile(sources, core, "virtual_core.c", folder);
  if (!elf) return elf.error();
  std::vector<std::string> arguments = Emulator(core.core, elf->string());
  arguments.insert(arguments.end(), {"-icount", "shift=0"});
  const Expected<std::string> text = RunCommand(arguments);
  if (!text) return text.error();
  Expected<VirtualRun> run = Parse(*text);
  if (!run) return run;
  const Expected<int64_t> code = CodeBytes(*elf);
  if (!code) return code.error();
  run->code_bytes = *code;
  return run;
}

std::vector<OperatorOutputs::Place> OperatorOutputs::PlacesOf(const ExecutionPlan& plan) {
  std::vector<Place> places;
  for (int i = 0; i < plan.tensors.end_number(); ++i) {
    places.push_back({plan.tensors[i].offset, plan.tensors[i].size()});
  }
  return places;
}

Expected<OperatorOutputs> OperatorOutputs::Build(const GeneratedSources& sources,
                                                 const std::vector<Place>& places,
                                                 const VirtualCore& core,
                                                 const std::string& folder) {
  if (auto written = WriteSources(sources, folder); !written) return written.error();
  auto written = WriteFileAtomically(fs::path(folder) / "operator_places.h", PlacesText(places));
  if (!written) return written.error();
  const Expected<fs::path> elf = Compile(sources, core, "operator_outputs.c", folder);
  if (!elf) return elf.error();
  return OperatorOutputs(folder, fs::absolute(*elf).string(), core.core);
}

Expected<std::vector<int8_t>> OperatorOutputs::Run(const std::vector<int8_t>& inputs) const {
  const fs::path folder = folder_;
  auto written =
      WriteFileAtomically(folder / "inputs.bin", std::string(inputs.begin(), inputs.end()));
  if (!written) return written.error();
  const auto ran = RunCommand(Emulator(core_, elf_), folder, std::chrono::minutes(60));
  if (!ran) return ran.error();
  const auto bytes = ReadFile(folder / "outputs.bin");
  if (!bytes) return bytes.error();
  return std::vector<int8_t>(bytes->begin(), bytes->end());
}

}  // namespace mcunas
