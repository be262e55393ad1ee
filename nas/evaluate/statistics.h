// How well predictions agree with measurements.
#pragma once

#include <cstdint>
#include <span>

namespace mcunas {

// Kendall's tau-b (Kendall 1945): rank correlation in [-1, 1] with ties on either side accounted
// for. NaN where one side has fewer than two distinct values. Both spans have one size. Cost:
// O(n^2).
double KendallTau(std::span<const double> a, std::span<const double> b);

// Mean of |predicted - measured| / measured. Measured values are > 0. NaN for no values.
double MeanRelativeError(std::span<const double> predicted, std::span<const double> measured);

struct Interval {
  double low = 0, high = 0;
};

// Wilson's 95 % interval (Wilson 1927) of a share that was counted among `trials` >= 1 independent
// ones. Narrower than [0, 1], never outside it, and no point where the share is 0 or 1.
Interval ShareInterval(double share, int64_t trials);

}  // namespace mcunas
