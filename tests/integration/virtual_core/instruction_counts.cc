// instruction_counts NETWORK.json CORE PLAN [FLAG...]: executed instructions of the generated code
// with random weights, per operator, as JSON on stdout. PLAN: layerwise, rows (whole rows), stream,
// with a number: the segments of stream ("stream4"); with + the input comes row by row
// ("stream4+").
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>

#include "common/file.h"
#include "common/random.h"
#include "engine/quantize/random_network.h"
#include "engine/reference/interpreter.h"
#include "memory_model/planner/plan_memory.h"
#include "network/hash_network.h"
#include "network/json_read.h"
#include "network/operator_counts.h"
#include "tests/integration/virtual_core/virtual_core.h"

namespace mcunas {
namespace {

struct Count {
  int64_t instructions = 0;
  int64_t macs = 0;
};

void PrintCount(const char* label, const Count& count, const char* end) {
  std::printf("  \"%s\": {\"instructions\": %lld, \"macs\": %lld, \"per_mac\": %.3f}%s\n", label,
              static_cast<long long>(count.instructions), static_cast<long long>(count.macs),
              count.macs ? static_cast<double>(count.instructions) / count.macs : 0.0, end);
}

std::string KindLabel(const Operator& op) {
  std::string label = OpName(op.kind);
  if (op.kernel != 1)
    label += " " + std::to_string(op.kernel.height) + "x" + std::to_string(op.kernel.width);
  if (HasWindow(op.kind) && op.stride != 1) {
    label += " s" + std::to_string(op.stride.height);
    if (!op.stride.square()) label += "x" + std::to_string(op.stride.width);
  }
  return label;
}

void PrintOperators(const Network& network, const VirtualRun& run) {
  std::printf("  \"operators\": [\n");
  for (size_t i = 0; i < network.operators.size(); ++i) {
    const Operator& op = network.operators[i];
    std::printf(
        "    {\"op\": \"%s\", \"in\": [%d, %d, %d], \"out\": [%d, %d, %d], \"instructions\": %lld, "
        "\"macs\": %lld}%s\n",
        KindLabel(op).c_str(), op.in.height, op.in.width, op.in.channels, op.out.height,
        op.out.width, op.out.channels, static_cast<long long>(run.operator_instructions[i]),
        static_cast<long long>(OperatorMacs(op).value),
        i + 1 < network.operators.size() ? "," : "");
  }
  std::printf("  ],\n");
}

Expected<ExecutionPlan> PlanFor(const Network& network, std::string text) {
  PlanOptions options;
  if (text.ends_with("+")) {
    options.input_mode = InputMode::kStreamed;
    text.pop_back();
  }
  if (text == "layerwise") {
    options.modes = PlanModes::LayerwiseOnly();
  } else if (text == "rows") {
    options.modes.smallest_segment = kMaxSide;
  } else if (text.starts_with("stream")) {
    if (text.size() > 6) options.modes.smallest_segment = std::atoi(text.c_str() + 6);
  } else {
    return Error{ErrorCode::kUsage, "no plan is called " + text};
  }
  return PlanMemory(network, options);
}

void Print(const Network& network, const ExecutionPlan& plan, const VirtualRun& run,
           const std::string& core) {
  std::map<std::string, Count> kinds;
  Count total{run.instructions, NetworkMacs(network).value};
  for (size_t i = 0; i < network.operators.size(); ++i) {
    Count& kind = kinds[KindLabel(network.operators[i])];
    kind.instructions += run.operator_instructions[i];
    kind.macs += OperatorMacs(network.operators[i]).value;
  }
  std::printf("{\n  \"network\": \"%s\", \"core\": \"%s\", \"source\": \"emulated\",\n",
              network.name.c_str(), core.c_str());
  std::printf("  \"arena_bytes\": %lld, \"groups\": %zu,\n",
              static_cast<long long>((plan.arena + plan.scratch).value), plan.groups.size());
  std::printf("  \"longer_groups\": [");
  const char* comma = "";
  for (const PlanGroup& g : plan.groups) {
    if (g.last - g.first == 1) continue;
    std::printf(
        "%s{\"first\": %d, \"last\": %d, \"strips\": %d, \"bands\": %d, \"segment\": %d, "
        "\"channel_tile\": %d}",
        comma, g.first, g.last, g.strips, g.bands, g.segment, g.channel_tile);
    comma = ", ";
  }
  std::printf("],\n");
  std::printf("  \"compiler\": \"arm-none-eabi-gcc -O2\", \"code_bytes\": %lld,\n",
              static_cast<long long>(run.code_bytes));
  PrintOperators(network, run);
  for (const auto& [label, count] : kinds) PrintCount(label.c_str(), count, ",");
  PrintCount("total", total, "");
  std::printf("}\n");
}

Expected<void> Main(const std::string& path, const VirtualCore& core, const std::string& mode) {
  const auto text = ReadFile(path);
  if (!text) return text.error();
  const auto network = NetworkFromJson(*text, path);
  if (!network) return network.error();
  const QuantizedNetwork quantized =
      RandomQuantizedNetwork(*network, 1, RoundingMode::kTflite, RandomParameters::kTrained);
  const auto plan = PlanFor(*network, mode);
  if (!plan) return plan.error();
  const auto sources = EmitC(quantized, *plan);
  if (!sources) return sources.error();
  RandomStream random(1, "test input");
  std::vector<int8_t> input(static_cast<size_t>(network->input.elements()));
  for (int8_t& b : input) b = static_cast<int8_t>(random.Between(-128, 127));
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() /
      ("instruction-counts-" + NetworkHash(*network).Short() + core.core + mode);
  const auto run = RunOnVirtualCore(*sources, core, input, folder.string());
  std::filesystem::remove_all(folder);
  if (!run) return run.error();
  if (run->output != RunReference(quantized, input))
    return Error{ErrorCode::kBoard, "the output differs from the reference interpreter's"};
  Print(*network, *plan, *run, core.core);
  return {};
}

}  // namespace
}  // namespace mcunas

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: %s NETWORK.json cortex-m4|cortex-m7 PLAN [FLAG...]\n", argv[0]);
    return 2;
  }
  const auto done = mcunas::Main(argv[1], {argv[2], {argv + 4, argv + argc}}, argv[3]);
  if (done) return 0;
  std::fprintf(stderr, "%s\n", done.error().message.c_str());
  return mcunas::ExitCodeFor(done.error().code);
}
