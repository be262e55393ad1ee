// instruction_counts NETWORK.json CORE [FLAG...]: executed instructions of the generated code with
// random weights, per operator, as JSON on stdout.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>

#include "common/file.h"
#include "common/random.h"
#include "engine/quantize/quantize.h"
#include "memory_model/memory_model.h"
#include "network/network_json.h"
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
  if (op.kernel > 1) label += " " + std::to_string(op.kernel) + "x" + std::to_string(op.kernel);
  if (HasWindow(op.kind) && op.stride > 1) label += " s" + std::to_string(op.stride);
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

void Print(const Network& network, const VirtualRun& run, const std::string& core) {
  std::map<std::string, Count> kinds;
  Count total{run.instructions, NetworkMacs(network).value};
  for (size_t i = 0; i < network.operators.size(); ++i) {
    Count& kind = kinds[KindLabel(network.operators[i])];
    kind.instructions += run.operator_instructions[i];
    kind.macs += OperatorMacs(network.operators[i]).value;
  }
  std::printf("{\n  \"network\": \"%s\", \"core\": \"%s\", \"source\": \"emulated\",\n",
              network.name.c_str(), core.c_str());
  std::printf("  \"compiler\": \"arm-none-eabi-gcc -O2\", \"code_bytes\": %lld,\n",
              static_cast<long long>(run.code_bytes));
  PrintOperators(network, run);
  for (const auto& [label, count] : kinds) PrintCount(label.c_str(), count, ",");
  PrintCount("total", total, "");
  std::printf("}\n");
}

// As training leaves a network: ReLU outputs begin at -128, no multiplier above 1. Random networks
// have such corner cases on purpose; they take the slow exact path.
QuantizedNetwork TrainedLike(const Network& network) {
  QuantizedNetwork quantized = RandomQuantizedNetwork(network, 1, RoundingMode::kTflite);
  for (size_t i = 0; i < network.operators.size(); ++i) {
    QuantizedParameters& p = quantized.parameters[i];
    if (network.operators[i].activation != Activation::kNone &&
        OperatorWeights(network.operators[i]) > 0) {
      p.output.zero_point = -128;
      if (network.operators[i].activation == Activation::kRelu6) p.output.scale = 6.0f / 255;
    }
    const float input_scale = quantized.tensor(network.operators[i].inputs[0]).scale;
    for (float& scale : p.weight_scales) {
      scale = std::min(scale, 0.4f * p.output.scale / input_scale);
    }
    if (OperatorWeights(network.operators[i]) == 0 && network.operators[i].kind != OpKind::kAdd) {
      p.output = quantized.tensor(network.operators[i].inputs[0]);
    }
  }
  return quantized;
}

Expected<void> Main(const std::string& path, const VirtualCore& core) {
  const auto text = ReadFile(path);
  if (!text) return text.error();
  const auto network = NetworkFromJson(*text, path);
  if (!network) return network.error();
  const QuantizedNetwork quantized = TrainedLike(*network);
  const auto sources = EmitC(quantized, PlanMemory(*network));
  if (!sources) return sources.error();
  RandomStream random(1, "test input");
  std::vector<int8_t> input(static_cast<size_t>(network->input.elements()));
  for (int8_t& b : input) b = static_cast<int8_t>(random.Between(-128, 127));
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() /
      ("instruction-counts-" + NetworkHash(*network).Short() + core.core);
  const auto run = RunOnVirtualCore(*sources, core, input, folder.string());
  std::filesystem::remove_all(folder);
  if (!run) return run.error();
  Print(*network, *run, core.core);
  return {};
}

}  // namespace
}  // namespace mcunas

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: %s NETWORK.json cortex-m4|cortex-m7 [FLAG...]\n", argv[0]);
    return 2;
  }
  const auto done = mcunas::Main(argv[1], {argv[2], {argv + 3, argv + argc}});
  if (done) return 0;
  std::fprintf(stderr, "%s\n", done.error().message.c_str());
  return mcunas::ExitCodeFor(done.error().code);
}
