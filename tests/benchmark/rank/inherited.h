// Scores of the rank benchmark's networks with the weights that they inherit from a supernet.
#pragma once

#include <string>
#include <vector>

#include "common/expected.h"
#include "rank_networks.h"

namespace mcunas {

struct InheritedScores {
  std::vector<std::string> recipe;  // overrides
  std::vector<double> accuracies;   // hold-out, one per network
  double largest = 0, smallest = 0;
  double macs_images = 0;  // what the training cost (nas/evaluate/search_work.h)
};

// JSON with the overrides that made the recipe. Reading: kCorrupt for anything else.
Expected<void> WriteInherited(const std::string& path, const InheritedScores& scores);
Expected<InheritedScores> ReadInherited(const std::string& path);

// Trains a supernet by `config`, from the newest checkpoint of `folder` on where there is one, and
// scores `networks`; the limits are those of its target. Errors as LoadSupernet and Train report them.
Expected<InheritedScores> ScoreInherited(const ExperimentConfig& config, const std::string& folder,
                                         const std::vector<RankNetwork>& networks);

}  // namespace mcunas
