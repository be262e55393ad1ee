// Scores of the rank benchmark's networks with the weights that they inherit from a supernet.
#pragma once

#include <string>
#include <vector>

#include "common/expected.h"
#include "rank_networks.h"

namespace mcunas {

struct InheritedScores {
  std::vector<double> accuracies;  // hold-out, one per network
  double largest = 0, smallest = 0;
  double macs_images = 0;  // what the training cost (nas/evaluate/search_work.h)
};

// Trains a supernet by `config`, from the newest checkpoint of `folder` on where there is one, and
// scores `networks`. Errors as LoadSupernet and Train report them.
Expected<InheritedScores> ScoreInherited(const ExperimentConfig& config, const std::string& folder,
                                         const std::vector<RankNetwork>& networks);

}  // namespace mcunas
