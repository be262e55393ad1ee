#include "nas/search/bayes/expected_improvement.h"

#include <algorithm>
#include <cmath>

namespace mcunas {

double ExpectedImprovement(double mean, double deviation, double level) {
  const double gain = mean - level;
  if (deviation <= 0) return std::max(0.0, gain);
  constexpr double kSqrtHalf = 0.70710678118654752, kSqrtTwoPi = 2.5066282746310005;
  const double z = gain / deviation;
  const double below = 0.5 * std::erfc(-z * kSqrtHalf);
  return std::max(0.0, gain * below + deviation * std::exp(-0.5 * z * z) / kSqrtTwoPi);
}

}  // namespace mcunas
