// The ranking of a supernet: trains one of the rank benchmark's space by a recipe and scores the
// benchmark's networks with inherited weights. Not a test.
//
// Usage: rank_inherit space.yaml TRUTH.json RUN_FOLDER OUT.json [KEY=VALUE...]
// The overrides are the recipe. OUT.json is for rank_judge; RUN_FOLDER keeps the checkpoints.
#include <ctime>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/run/experiment.h"
#include "common/file.h"
#include "nas/space/enumerate.h"
#include "rank_networks.h"
#include "supernet/load_supernet.h"

namespace mcunas {
namespace {

using nlohmann::ordered_json;

Expected<ordered_json> Inherited(const ExperimentConfig& config, const std::string& folder,
                                 const std::vector<RankNetwork>& truth) {
  auto supernet = LoadSupernet({config.data, config.supernet, config.space,
                                static_cast<uint64_t>(config.search.seed), folder});
  if (!supernet) return supernet.error();
  const StopToken stop;
  const auto summary = (*supernet)->Train(stop);
  if (!summary) return summary.error();
  std::vector<Architecture> networks;
  for (const RankNetwork& network : truth) networks.push_back(network.architecture);
  const auto scores = (*supernet)->Evaluate(networks);
  if (!scores) return scores.error();
  std::vector<double> accuracies;
  for (const ScoreResult& result : *scores) accuracies.push_back(result.score);
  return ordered_json{{"accuracies", accuracies},
                      {"largest", summary->largest_score},
                      {"smallest", summary->smallest_score},
                      {"macs_images", summary->work}};
}

Expected<void> Run(const ExperimentConfig& config, char** argv,
                   const std::vector<std::string>& recipe) {
  const auto truth = ReadRankNetworks(argv[2]);
  if (!truth) return truth.error();
  auto inherited = Inherited(config, argv[3], *truth);
  if (!inherited) return inherited.error();
  const ordered_json result = {{"recipe", recipe}, {"inherited", std::move(*inherited)}};
  return WriteFileAtomically(argv[4], result.dump(1) + "\n");
}

int Main(int argc, char** argv) {
  if (argc < 5) {
    std::cerr << "usage: rank_inherit space.yaml TRUTH.json RUN_FOLDER OUT.json [KEY=VALUE...]\n";
    return 2;
  }
  const std::vector<std::string> recipe(argv + 5, argv + argc);
  const auto config = LoadExperiment(argv[1], recipe);
  if (!config) {
    std::cerr << config.error().message << "\n";
    return 2;
  }
  const auto done = Run(*config, argv, recipe);
  if (!done) std::cerr << "error: " << done.error().message << "\n";
  return done ? 0 : 1;
}

}  // namespace
}  // namespace mcunas

int main(int argc, char** argv) { return mcunas::Main(argc, argv); }
