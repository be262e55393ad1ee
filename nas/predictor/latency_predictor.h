// LatencyPredictor: ticks (instructions or cycles) as a non-negative combination of features.
//
// Before any measurement the coefficients are a prior: executed instructions of scalar and DSP int8
// kernels. Every fit pulls towards the prior, scaled to the board, with the weight of a 1 % error,
// so that two measurements already help and features that no sample shows keep sensible values.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/expected.h"
#include "nas/predictor/features.h"

namespace mcunas {

struct LatencyPredictor {
  Features coefficients{};  // ticks per unit of each feature, >= 0
  double spread = 0.3;      // relative standard deviation of measured / predicted
  int samples = 0;          // networks it was fitted on; 0 = prior
};

struct TickPrediction {
  double ticks = 0;
  double spread = 0;  // relative standard deviation
};

// One measured network.
struct TickSample {
  Network network;
  double ticks = 0;                    // > 0
  std::vector<double> operator_ticks;  // any unit, only their shares count; empty without a profile
};

LatencyPredictor PriorPredictor();

// Least squares of relative errors. Operators of a profile count as further samples, weighted by
// their share of the network. Deterministic in the samples and their order.
LatencyPredictor FitPredictor(std::span<const TickSample> samples);

TickPrediction PredictTicks(const LatencyPredictor& predictor, const Network& network);

}  // namespace mcunas
