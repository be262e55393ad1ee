#include "nas/predictor/latency_predictor.h"

#include <algorithm>
#include <cmath>

#include "common/check.h"
#include "nas/predictor/nnls.h"

namespace mcunas {
namespace {

// Executed instructions per unit, order of magnitude of int8 kernels on Armv7E-M: pointwise 1.5
// to 2.3 per MAC with DSP instructions, depthwise 3x3 3 to 8, some 20 per requantised output.
constexpr Features kPrior = {2.2, 2.5, 4.0, 7.0, 6.0, 5.5, 2.5, 20.0, 6.0, 0.5, 400.0};
// Changing one coefficient by 100 % costs as much as an error of 1 % in one network.
constexpr double kPriorWeight = 0.01;
// Operators of a profile against the network as a whole.
constexpr double kOperatorWeight = 0.5;
constexpr double kPriorSpread = 0.3;
constexpr double kLeastSpread = 0.01;

double Dot(const Features& a, const Features& b) {
  double sum = 0;
  for (size_t f = 0; f < a.size(); ++f) sum += a[f] * b[f];
  return sum;
}

// Measured over prior, geometric mean: how this board and engine differ from the prior as a whole.
double BoardScale(std::span<const TickSample> samples) {
  double log_sum = 0;
  for (const TickSample& sample : samples) {
    log_sum += std::log(sample.ticks / Dot(kPrior, NetworkFeatures(sample.network)));
  }
  return std::exp(log_sum / static_cast<double>(samples.size()));
}

// Rows of the least-squares problem in z = coefficient / (scale * prior), where 1 means "as the
// prior".
class System {
 public:
  explicit System(double scale) : scale_(scale) {}

  // weight * (predicted - ticks) / reference
  void Add(const Features& features, double ticks, double reference, double weight) {
    for (size_t f = 0; f < features.size(); ++f) {
      a_.push_back(weight * features[f] * kPrior[f] * scale_ / reference);
    }
    b_.push_back(weight * ticks / reference);
  }

  void AddPrior() {
    for (size_t f = 0; f < kFeatureCount; ++f) {
      for (size_t g = 0; g < kFeatureCount; ++g) a_.push_back(f == g ? kPriorWeight : 0);
      b_.push_back(kPriorWeight);
    }
  }

  Features Solve() const {
    const std::vector<double> z = SolveNonNegative(a_, b_);
    Features coefficients{};
    for (size_t f = 0; f < kFeatureCount; ++f) coefficients[f] = z[f] * kPrior[f] * scale_;
    return coefficients;
  }

 private:
  double scale_;
  std::vector<double> a_, b_;
};

void AddProfile(const TickSample& sample, System* system) {
  const auto& profile = sample.operator_ticks;
  double total = 0;
  for (const double ticks : profile) total += ticks;
  if (profile.size() != sample.network.operators.size() || total <= 0) return;
  for (size_t i = 0; i < profile.size(); ++i) {
    const double ticks = sample.ticks * profile[i] / total;
    system->Add(OperatorFeatures(sample.network.operators[i]), ticks, sample.ticks,
                kOperatorWeight);
  }
}

// Root mean square of the relative errors; few samples say little, so they are mixed with the
// prior's.
double Spread(const Features& coefficients, std::span<const TickSample> samples) {
  double sum = kPriorSpread * kPriorSpread;
  for (const TickSample& sample : samples) {
    const double error = Dot(coefficients, NetworkFeatures(sample.network)) / sample.ticks - 1;
    sum += static_cast<double>(samples.size()) * error * error;
  }
  const double n = static_cast<double>(samples.size());
  return std::max(kLeastSpread, std::sqrt(sum / (n * n + 1)));
}

}  // namespace

LatencyPredictor PriorPredictor() { return {kPrior, kPriorSpread, 0}; }

LatencyPredictor FitPredictor(std::span<const TickSample> samples) {
  if (samples.empty()) return PriorPredictor();
  System system(BoardScale(samples));
  for (const TickSample& sample : samples) {
    MCUNAS_CHECK(sample.ticks > 0, "a measured network takes time");
    system.Add(NetworkFeatures(sample.network), sample.ticks, sample.ticks, 1);
    AddProfile(sample, &system);
  }
  system.AddPrior();
  LatencyPredictor predictor;
  predictor.coefficients = system.Solve();
  predictor.samples = static_cast<int>(samples.size());
  predictor.spread = Spread(predictor.coefficients, samples);
  return predictor;
}

TickPrediction PredictTicks(const LatencyPredictor& predictor, const Network& network) {
  return {Dot(predictor.coefficients, NetworkFeatures(network)), predictor.spread};
}

}  // namespace mcunas
