// How well a ranking agrees with the truth, and how sure that is. Thread rule: pure functions.
#pragma once

#include <span>

#include "nas/evaluate/statistics.h"

namespace mcunas {

struct RankAgreement {
  double tau = 0;             // Kendall's tau-b
  double standard_error = 0;  // bootstrap over the networks
};
// Pre-condition: one size, at least three values.
RankAgreement AgreementWith(std::span<const double> truth, std::span<const double> values);

struct TauDifference {
  double difference = 0;  // tau of `a` - tau of `b`
  Interval interval;      // 95 %, bootstrap over the same networks for both
};
TauDifference PairedDifference(std::span<const double> truth, std::span<const double> a,
                               std::span<const double> b);

// What choosing the `first` best by `values` loses: truth of the best of all minus truth of the best
// of those.
double RankRegret(std::span<const double> truth, std::span<const double> values, int first);

}  // namespace mcunas
