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

// One entry per network that was trained alone, in their order.
struct RankColumns {
  std::vector<size_t> networks;  // places among all
  std::vector<double> truth;     // mean accuracy of the trainings
  std::vector<double> macs, parameters;

  // Those of `all`, one value per network of the benchmark, that stand beside these.
  std::vector<double> Of(const std::vector<double>& all) const;
};
RankColumns ColumnsOf(const std::vector<RankNetwork>& networks);

// JSON of {"networks": [...]}; a file that is missing holds none. kCorrupt for
// any other content.
Expected<std::vector<RankNetwork>> ReadRankNetworks(const std::string& path);
Expected<void> WriteRankNetworks(const std::string& path, const std::vector<RankNetwork>& networks);

}  // namespace mcunas
