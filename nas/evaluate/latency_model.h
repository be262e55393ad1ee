// LatencyModel: the port to whatever predicts latency.
// Thread rule: called from the search thread only, unless an implementation says more.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "network/network.h"

namespace mcunas {

// One network whose latency is known.
struct LatencySample {
  Network network;
  double milliseconds = 0;
  // Any unit, one per operator; empty where there is no profile.
  std::vector<int64_t> operator_ticks;
  double macs_factor = 1.0;  // of the plan that ran
};

// Latency of one inference and its 95 % interval.
struct LatencyPrediction {
  double milliseconds = 0;
  double low = 0, high = 0;  // low <= milliseconds <= high
};

// Predicts latency before a board is asked, and learns from what boards said.
class LatencyModel {
 public:
  virtual ~LatencyModel() = default;
  // `macs_factor`: MACs of the plan that will run / MACs of the network; all of the network's work
  // is taken to grow by it.
  virtual LatencyPrediction Predict(const Network& network, double macs_factor) const = 0;
  // Replaces everything learned so far. Deterministic in the samples and their order.
  virtual void Fit(std::span<const LatencySample> samples) = 0;
  // Coefficients and fit as JSON, for the record.
  virtual std::string ToJson() const = 0;
};

}  // namespace mcunas
