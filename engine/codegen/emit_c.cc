#include "engine/codegen/emit_c.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <vector>

#include "common/check.h"
#include "common/file.h"
#include "engine/codegen/program_text.h"
#include "engine/codegen/project_text.h"
#include "memory_model/scratch.h"
#include "network/resize.h"

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

using Files = std::vector<std::string>;

// Kernel files of an operator with weights.
Files WeightedFiles(const Operator& op) {
  Files files;
  switch (op.kind) {
    case OpKind::kConv:
      files = {"mcu_conv.c", "mcu_column.c", "mcu_matrix.c", "mcu_matrix.h"};
      break;
    case OpKind::kPointwise:
      files = {"mcu_pointwise.c", "mcu_column.c", "mcu_matrix.c", "mcu_matrix.h"};
      break;
    case OpKind::kDepthwise:
      files = {"mcu_depthwise_any.c"};
      if (const int side = DepthwiseSide(op); side != 0)
        files = {"mcu_depthwise.c", "mcu_depthwise.h", "mcu_depthwise_dsp.h",
                 "mcu_depthwise_" + std::to_string(side) + ".c"};
      break;
    case OpKind::kTransposeConv:
      return {"mcu_transpose_conv.c"};
    default:
      return {op.weight_bits == 4 ? "mcu_fully_connected_4bit.c" : "mcu_fully_connected.c"};
  }
  if (op.weight_bits == 4) files.push_back("mcu_unpack.c");
  return files;
}

// Kernel files of an operator on two maps, or on one and constants.
Files PairwiseFiles(const Operator& op) {
  Files files = {"mcu_pairwise.c", "mcu_pairwise.h"};
  switch (op.kind) {
    case OpKind::kMultiply:
    case OpKind::kMultiplyConstant:
      files.push_back("mcu_multiply.c");
      break;
    case OpKind::kMaximum:
    case OpKind::kMinimum:
    case OpKind::kMaximumConstant:
    case OpKind::kMinimumConstant:
      files.push_back("mcu_extreme.c");
      break;
    default:
      files.push_back("mcu_elementwise.c");
  }
  return files;
}

Files FilesOf(const Operator& op) {
  if (IsFunctionOfByte(op)) return {"mcu_lookup.c"};
  if (HasWeights(op.kind)) return WeightedFiles(op);
  if (IsPairwise(op.kind) || HasConstants(op.kind)) return PairwiseFiles(op);
  switch (op.kind) {
    case OpKind::kAveragePool:
    case OpKind::kGlobalAveragePool:
      return {"mcu_pool.c", "mcu_pool.h"};
    case OpKind::kMaxPool:
      return {"mcu_max_pool.c", "mcu_pool.h"};
    case OpKind::kSoftmax:
      return {"mcu_softmax.c"};
    case OpKind::kResizeNearest:
      return {ResizesEvenly(op) ? "mcu_copy.c" : "mcu_resize.c"};
    case OpKind::kResizeBilinear:
      return {"mcu_resize.c"};
    case OpKind::kSlice:
    case OpKind::kPad:
      return {"mcu_slice.c"};
    case OpKind::kConcatenation:
    case OpKind::kReshape:
      return {"mcu_copy.c"};
    default:
      MCUNAS_CHECK(false, "an operator without a kernel");
  }
}

// Kernel files that the operators need, sorted.
std::set<std::string> KernelFiles(const Network& network) {
  std::set<std::string> files = {"mcu_dsp.h",        "mcu_kernels.h", "mcu_requantize.c",
                                 "mcu_requantize.h", "mcu_run.c",     "mcu_run.h",
                                 "scratch_size.h"};
  for (const Operator& op : network.operators) {
    const Files more = FilesOf(op);
    files.insert(more.begin(), more.end());
  }
  return files;
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
