// The networks of the rank benchmark and what is known of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/expected.h"
#include "nas/space/architecture.h"

namespace mcunas {

struct ExperimentConfig;  // cli/run/experiment.h

struct RankNetwork {
  Architecture architecture;
  int64_t macs = 0;
  int64_t parameters = 0;
  // Share of the test images, one per training from random weights, whose seeds are 1, 2, ...
  std::vector<double> accuracies;
  double seconds = 0;  // processor time of the trainings
};

// `count` networks, spread evenly over the MACs of four times as many random ones, fewest first.
std::vector<RankNetwork> RankSample(const ExperimentConfig& config, size_t count);

// JSON of {"networks": [...]}; a file that is missing holds none.
Expected<std::vector<RankNetwork>> ReadRankNetworks(const std::string& path);
Expected<void> WriteRankNetworks(const std::string& path, const std::vector<RankNetwork>& networks);

}  // namespace mcunas
