#include "engine/codegen/emit_c.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "common/check.h"
#include "common/file.h"
#include "engine/codegen/constants_text.h"
#include "engine/codegen/generation_input.h"
#include "engine/codegen/kernel_choice.h"
#include "engine/codegen/program_text.h"
#include "engine/codegen/project_text.h"

namespace mcunas {
namespace {

Expected<void> CheckName(const std::string& name) {
  const auto word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
  const bool identifier = !name.empty() && std::all_of(name.begin(), name.end(), word) &&
                          std::isalpha(static_cast<unsigned char>(name[0])) && name.size() <= 64;
  if (!identifier) {
    return Error{ErrorCode::kUsage, "'" + name +
                                        "' cannot be the name of generated code: use letters, "
                                        "digits and _, beginning with a letter, at most 64"};
  }
  // Files, functions and CMake targets would collide.
  static constexpr std::array kTaken = {"main",  "test",    "all",    "help",
                                        "clean", "install", "package"};
  if (name.starts_with("mcu_") || std::find(kTaken.begin(), kTaken.end(), name) != kTaken.end()) {
    return Error{ErrorCode::kUsage,
                 "'" + name + "' is taken; choose another name for the generated code"};
  }
  return {};
}

Bytes ConstantBytes(const GenerationInput& input) {
  Bytes total;
  for (const FoldedConstants& c : input.constants) {
    const int64_t channels = static_cast<int64_t>(c.bias.size());
    total += Bytes(8 * channels + (channels + 3) / 4 * 4);
  }
  for (int i = 0; i < static_cast<int>(input.constants.size()); ++i) {
    total += Bytes(static_cast<int64_t>(LookupTable(input.network, i).size() +
                                        4 * ExponentialTable(input.network, i).size()));
    const Operator& op = input.network.network.op(i);
    total += Bytes(static_cast<int64_t>(2 * PickedRows(op).size() + 2 * PickedColumns(op).size()));
  }
  return total;
}

std::string Cased(std::string text, int (*convert)(int)) {
  for (char& c : text) c = static_cast<char>(convert(static_cast<unsigned char>(c)));
  return text;
}

void AddTexts(const GenerationInput& input, std::map<std::string, std::string>* files) {
  (*files)[input.lower + ".h"] = HeaderText(input);
  (*files)[input.lower + ".c"] = ProgramText(input);
  (*files)[input.lower + "_weights.h"] = WeightsHeaderText(input);
  (*files)[input.lower + "_weights.c"] = WeightsSourceText(input);
  std::vector<std::string> sources;
  for (const auto& [path, text] : *files) {
    if (path.ends_with(".c")) sources.push_back(path);
  }
  (*files)["CMakeLists.txt"] = CMakeText(input, sources);
  (*files)["arm-none-eabi.cmake"] = ToolchainText();
  (*files)["main.c"] = ExampleText(input);
  (*files)["README.txt"] = ReadmeText(input);
}

}  // namespace

Expected<GeneratedSources> EmitC(const QuantizedNetwork& network, const ExecutionPlan& plan,
                                 const EmitOptions& options) {
  const std::string lower = Cased(options.name, std::tolower);
  if (auto ok = CheckName(lower); !ok) return ok.error();
  GenerationInput input{network, plan, lower, Cased(options.name, std::toupper), {}, {}};
  Expected<ProgramTables> tables = BuildProgram(network.network, plan);
  if (!tables) return tables.error();
  input.tables = *std::move(tables);
  for (size_t i = 0; i < network.network.operators.size(); ++i) {
    const bool weighted = HasWeights(network.network.operators[i].kind);
    input.constants.push_back(weighted ? FoldConstants(network, static_cast<int>(i))
                                       : FoldedConstants{});
  }
  GeneratedSources sources;
  sources.name = lower;
  sources.arena = plan.arena + plan.scratch;
  sources.more_arenas = plan.more_regions;
  sources.constants = ConstantBytes(input);
  for (const std::string& name : KernelFiles(network.network)) {
    Expected<std::string> text = ReadFile(DataRoot() / "kernels" / name);
    if (!text) return text.error();
    sources.files[name] = *std::move(text);
  }
  AddTexts(input, &sources.files);
  return sources;
}

Expected<void> WriteSources(const GeneratedSources& sources, const std::string& folder) {
  for (const auto& [path, text] : sources.files) {
    if (auto written = WriteFileAtomically(std::filesystem::path(folder) / path, text); !written) {
      return written;
    }
  }
  return {};
}

}  // namespace mcunas
