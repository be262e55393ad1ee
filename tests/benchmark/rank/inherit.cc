// The ranking of a supernet: trains one of the rank benchmark's space by a recipe and scores the
// benchmark's networks with inherited weights. Not a test.
//
// Usage: rank_inherit space.yaml TRUTH.json RUN_FOLDER OUT.json [KEY=VALUE...]
// The overrides are the recipe. OUT.json is for rank_judge; RUN_FOLDER keeps the checkpoints.
#include <iostream>

#include "cli/run/experiment.h"
#include "inherited.h"
#include "rank_networks.h"

namespace mcunas {
namespace {

Expected<void> Run(const ExperimentConfig& config, char** argv,
                   const std::vector<std::string>& recipe) {
  const auto truth = ReadRankNetworks(argv[2]);
  if (!truth) return truth.error();
  auto inherited = ScoreInherited(config, argv[3], *truth);
  if (!inherited) return inherited.error();
  inherited->recipe = recipe;
  return WriteInherited(argv[4], *inherited);
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
