// How well predictions agree with measurements.
#pragma once

#include <span>

namespace mcunas {

// Kendall's tau-b (Kendall 1945): rank correlation in [-1, 1] with ties on either side accounted
// for. NaN where one side has fewer than two distinct values. Both spans have one size. Cost:
// O(n^2).
double KendallTau(std::span<const double> a, std::span<const double> b);

// Mean of |predicted - measured| / measured. Measured values are > 0. NaN for no values.
double MeanRelativeError(std::span<const double> predicted, std::span<const double> measured);

}  // namespace mcunas
