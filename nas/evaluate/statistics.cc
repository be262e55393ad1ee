#include "nas/evaluate/statistics.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "common/check.h"

namespace mcunas {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

int Sign(double x) { return (x > 0) - (x < 0); }

}  // namespace

double KendallTau(std::span<const double> a, std::span<const double> b) {
  MCUNAS_CHECK(a.size() == b.size(), "KendallTau: sizes differ");
  int64_t agreement = 0, untied_a = 0, untied_b = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      const int order_a = Sign(a[i] - a[j]);
      const int order_b = Sign(b[i] - b[j]);
      agreement += order_a * order_b;
      untied_a += order_a != 0;
      untied_b += order_b != 0;
    }
  }
  if (untied_a == 0 || untied_b == 0) return kNaN;
  return static_cast<double>(agreement) /
         std::sqrt(static_cast<double>(untied_a) * static_cast<double>(untied_b));
}

double MeanRelativeError(std::span<const double> predicted, std::span<const double> measured) {
  MCUNAS_CHECK(predicted.size() == measured.size(), "MeanRelativeError: sizes differ");
  if (measured.empty()) return kNaN;
  double sum = 0;
  for (size_t i = 0; i < measured.size(); ++i) {
    sum += std::abs(predicted[i] - measured[i]) / measured[i];
  }
  return sum / static_cast<double>(measured.size());
}

Interval ShareInterval(double share, int64_t trials) {
  MCUNAS_CHECK(trials >= 1 && share >= 0 && share <= 1, "a share of trials");
  constexpr double kZ = 1.959963984540054;  // the normal distribution's 97.5 % point
  const auto n = static_cast<double>(trials);
  const double weight = 1 / (1 + kZ * kZ / n);
  const double centre = weight * (share + kZ * kZ / (2 * n));
  const double half = weight * kZ * std::sqrt(share * (1 - share) / n + kZ * kZ / (4 * n * n));
  return {std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

}  // namespace mcunas
