// Accuracies of networks of a trained supernet: of random ones, for receptive_field_search, or of
// the most accurate ones that its searches found. Not a test.
//
// Usage: receptive_field_evaluate CONFIG.yaml RUN_FOLDER OUT.jsonl N|RESULT.json
// RUN_FOLDER holds the supernet of `mcunas train CONFIG.yaml --run-folder RUN_FOLDER`. Appends one
// line {"accuracy", "architecture"} per network; goes on where it was stopped.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/run/experiment.h"
#include "common/random.h"
#include "nas/space/architecture.h"
#include "nas/space/variation.h"
#include "supernet/load_supernet.h"

namespace mcunas {
namespace {

constexpr int64_t kBatch = 4;

int64_t LinesOf(const std::string& path) {
  std::ifstream file(path);
  int64_t lines = 0;
  for (std::string line; std::getline(file, line);) ++lines;
  return lines;
}

std::vector<Architecture> RandomNetworks(const ExperimentConfig& config, int64_t count) {
  std::vector<Architecture> networks;
  for (int64_t i = 0; i < count; ++i) {
    RandomStream random(static_cast<uint64_t>(config.search.seed), "receptive field",
                        std::to_string(i));
    networks.push_back(Sample(config.space, &random));
  }
  return networks;
}

std::vector<Architecture> FoundNetworks(const std::string& path) {
  std::vector<Architecture> networks;
  const auto json = nlohmann::ordered_json::parse(std::ifstream(path));
  for (const auto& [name, runs] : json["schedules"].items()) {
    for (const auto& run : runs) {
      if (!run.contains("most_accurate")) continue;
      networks.push_back(*ArchitectureFromJson(run["most_accurate"]["architecture"].dump()));
    }
  }
  return networks;
}

Expected<void> Evaluate(const ExperimentConfig& config, const std::string& folder,
                        const std::string& out, const std::vector<Architecture>& networks) {
  auto supernet = LoadSupernet({config.data, config.supernet, config.space,
                                static_cast<uint64_t>(config.search.seed), folder});
  if (!supernet) return supernet.error();
  const StopToken stop;
  if (auto trained = (*supernet)->Train(stop); !trained) return trained.error();
  const auto wanted = static_cast<int64_t>(networks.size());
  for (int64_t i = LinesOf(out); i < wanted; i += kBatch) {
    const std::vector<Architecture> batch(networks.begin() + i,
                                          networks.begin() + std::min(wanted, i + kBatch));
    const auto results = (*supernet)->Evaluate(batch);
    if (!results) return results.error();
    std::ofstream file(out, std::ios::app);
    for (size_t k = 0; k < batch.size(); ++k) {
      const nlohmann::ordered_json line = {
          {"accuracy", (*results)[k].score},
          {"architecture", nlohmann::ordered_json::parse(ArchitectureToJson(batch[k]))}};
      file << line.dump() << "\n";
    }
  }
  return {};
}

int Main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: receptive_field_evaluate CONFIG.yaml RUN_FOLDER OUT.jsonl N|RESULT.json\n";
    return 2;
  }
  const auto config = LoadExperiment(argv[1], {});
  if (!config) {
    std::cerr << config.error().message << "\n";
    return 2;
  }
  const int64_t count = std::atoll(argv[4]);
  const auto done = Evaluate(*config, argv[2], argv[3],
                             count > 0 ? RandomNetworks(*config, count) : FoundNetworks(argv[4]));
  if (!done) std::cerr << "error: " << done.error().message << "\n";
  return done ? 0 : 1;
}

}  // namespace
}  // namespace mcunas

int main(int argc, char** argv) { return mcunas::Main(argc, argv); }
