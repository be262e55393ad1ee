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

namespace mcunas {
namespace {

Error Unsupported(const std::string& what) {
  return {ErrorCode::kUnsupported, "the C generator does not know " + what};
}

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

std::string OperatorLabel(const Network& network, int op) {
  return "operator " + std::to_string(op) + " (" +
         OpName(network.operators[static_cast<size_t>(op)].kind) + ")";
}

// In a group whose operators advance together nobody computes rows that only later groups read.
Expected<void> CheckGroup(const Network& network, const PlanGroup& group) {
  if (group.n_strips != 1) return Unsupported("plans in vertical strips");
  for (int op = group.last; op < static_cast<int>(network.operators.size()); ++op) {
    for (int input : network.operators[static_cast<size_t>(op)].inputs) {
      if (input < group.first || input >= group.last - 1) continue;
      return Unsupported("a row-streaming group whose inner tensor a later one reads, " +
                         OperatorLabel(network, op));
    }
  }
  return {};
}

Expected<void> CheckPlacements(const Network& network, const ExecutionPlan& plan) {
  for (int t = -1; t < static_cast<int>(network.operators.size()); ++t) {
    const TensorPlacement& p = plan.tensors[static_cast<size_t>(t + 1)];
    const Shape shape = network.tensor_shape(t);
    const std::string label =
        t < 0 ? "the network's input" : "the output of " + OperatorLabel(network, t);
    if (p.region != 0) return Unsupported("tensors in a second SRAM region: " + label);
    if (p.row_bytes != shape.row_elements()) return Unsupported("rows with gaps: " + label);
    MCUNAS_CHECK(p.ring_rows >= 1 && p.offset >= 0 && p.offset + p.size() <= plan.arena.value,
                 "a placement lies outside the arena");
  }
  const auto whole = [&](int t) {
    return plan.tensors[static_cast<size_t>(t + 1)].ring_rows == network.tensor_shape(t).height;
  };
  for (const Operator& op : network.operators) {
    if (op.kind == OpKind::kFullyConnected && !whole(op.inputs[0])) {
      return Unsupported("fully connected on a ring of rows");
    }
  }
  if (!whole(kNetworkInput) || !whole(static_cast<int>(network.operators.size()) - 1)) {
    return Unsupported("a network input or output that is not whole");
  }
  return {};
}

Expected<void> CheckPlan(const Network& network, const ExecutionPlan& plan) {
  MCUNAS_CHECK(plan.tensors.size() == network.operators.size() + 1,
               "the plan is for another network");
  if (plan.input_mode != InputMode::kResident) return Unsupported("streamed input");
  int next = 0;
  for (const PlanGroup& group : plan.groups) {
    MCUNAS_CHECK(group.first == next && group.last > next, "the groups of the plan have gaps");
    next = group.last;
    if (auto ok = CheckGroup(network, group); !ok) return ok;
  }
  MCUNAS_CHECK(next == static_cast<int>(network.operators.size()), "the plan lacks operators");
  return CheckPlacements(network, plan);
}

// Kernel files that the operators need, sorted.
std::set<std::string> KernelFiles(const Network& network) {
  std::set<std::string> files = {"mcu_dsp.h",        "mcu_kernels.h", "mcu_requantize.c",
                                 "mcu_requantize.h", "mcu_run.c",     "mcu_run.h",
                                 "scratch_size.h"};
  const auto need = [&](std::initializer_list<const char*> names) {
    files.insert(names.begin(), names.end());
  };
  for (const Operator& op : network.operators) {
    switch (op.kind) {
      case OpKind::kConv:
        need({"mcu_conv.c", "mcu_matrix.c", "mcu_matrix.h"});
        break;
      case OpKind::kPointwise:
        need({"mcu_pointwise.c", "mcu_matrix.c", "mcu_matrix.h"});
        break;
      case OpKind::kDepthwise:
        need({"mcu_depthwise.c"});
        break;
      case OpKind::kAdd:
        need({"mcu_elementwise.c"});
        break;
      case OpKind::kAveragePool:
      case OpKind::kGlobalAveragePool:
        need({"mcu_pool.c"});
        break;
      case OpKind::kFullyConnected:
        need({"mcu_fully_connected.c", "mcu_matrix.h"});
        break;
    }
  }
  return files;
}

Bytes ConstantBytes(const std::vector<FoldedConstants>& constants) {
  Bytes total;
  for (const FoldedConstants& c : constants) {
    const int64_t channels = static_cast<int64_t>(c.bias.size());
    total += Bytes(8 * channels + (channels + 3) / 4 * 4);
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
  if (auto ok = CheckPlan(network.network, plan); !ok) return ok.error();
  GenerationInput input{network, plan, lower, Cased(options.name, std::toupper), {}};
  for (size_t i = 0; i < network.network.operators.size(); ++i) {
    const bool weighted = OperatorWeights(network.network.operators[i]) > 0;
    input.constants.push_back(weighted ? FoldConstants(network, static_cast<int>(i))
                                       : FoldedConstants{});
  }
  GeneratedSources sources;
  sources.name = lower;
  sources.arena = plan.arena + plan.scratch;
  sources.constants = ConstantBytes(input.constants);
  for (const std::string& name : KernelFiles(network.network)) {
    Expected<std::string> text = ReadFile(DataRoot() / "engine/kernels" / name);
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
