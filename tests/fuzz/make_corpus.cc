// Writes the seeds of tests/fuzz/corpus: networks and plans of our own. Usage: make_corpus FOLDER
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "engine/quantize/random_network.h"
#include "engine/tflite/write_tflite.h"
#include "memory_model/memory_model.h"
#include "memory_model/planner/plan_memory.h"
#include "memory_model/report/plan_format.h"
#include "memory_model/report/plan_json.h"
#include "network/json_write.h"
#include "network/network_builder.h"
#include "tests/property/random_networks.h"

namespace mcunas {
namespace {

void Write(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

void WriteNetworks(const std::filesystem::path& folder) {
  for (int i = 0; i < 16; ++i) {
    RandomStream random(1, "corpus", std::to_string(i));
    RandomNetworkKind kind;
    kind.max_operators = 2 + i / 2;
    kind.max_side = 9;
    kind.all_kinds = i % 2 == 1;
    kind.output = i % 4 == 3 ? 0.3 : 0.0;
    Write(folder / ("random" + std::to_string(i) + ".json"),
          NetworkToJson(RandomPlanNetwork(&random, kind)));
  }
  RandomStream random(1, "corpus", "bottlenecks");
  Write(folder / "bottlenecks.json", NetworkToJson(RandomBottlenecks(&random)));
}

// Of the network of plan_json_fuzzer.
void WritePlans(const std::filesystem::path& folder) {
  NetworkBuilder b("fixed", {8, 7, 3});
  const int stem = b.Conv(kNetworkInput, 4, {3, 3}, {1, 1}, Activation::kRelu6);
  b.Pointwise(stem, 12, Activation::kRelu6);
  b.Depthwise(b.last(), {3, 3}, {1, 1}, Activation::kRelu6);
  b.Pointwise(b.last(), 4, Activation::kNone);
  b.Add(b.last(), stem);
  b.FullyConnected(b.GlobalAveragePool(b.last()), 5);
  const Network network = std::move(b).Finish();
  for (int i = 0; i < 6; ++i) {
    PlanOptions options;
    options.input_mode = static_cast<InputMode>(i % 3);
    options.max_macs_factor = i < 3 ? 1.0 : 0.0;
    options.modes.smallest_segment = 1;
    const ExecutionPlan plan = PlanMemory(network, options);
    Write(folder / ("plan" + std::to_string(i) + ".json"),
          PlanToJson(network, plan, ReportMemory(network, plan)));
  }
}

void WriteModels(const std::filesystem::path& folder) {
  for (int i = 0; i < 8; ++i) {
    RandomStream random(2, "corpus", std::to_string(i));
    RandomNetworkKind kind;
    kind.max_operators = 1 + i;
    kind.max_side = 6;
    kind.max_channels = 4;
    const Network network = RandomPlanNetwork(&random, kind);
    const std::vector<uint8_t> model =
        WriteTflite(RandomQuantizedNetwork(network, 1, RoundingMode::kTflite));
    Write(folder / ("random" + std::to_string(i) + ".tflite"),
          std::string(model.begin(), model.end()));
  }
}

}  // namespace
}  // namespace mcunas

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: make_corpus FOLDER\n"), 2;
  const std::filesystem::path folder = argv[1];
  mcunas::WriteNetworks(folder / "network_json");
  mcunas::WritePlans(folder / "plan_json");
  mcunas::WriteModels(folder / "tflite");
  return 0;
}
