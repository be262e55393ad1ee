#include "rank_agreement.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "common/check.h"
#include "common/random.h"

namespace mcunas {
namespace {

constexpr size_t kResamples = 2000;

std::vector<double> Picked(std::span<const double> values, const std::vector<size_t>& picks) {
  std::vector<double> picked;
  for (const size_t i : picks) picked.push_back(values[i]);
  return picked;
}

// `statistic` of as many networks as there are, drawn with repetition; sorted.
template <typename Statistic>
std::vector<double> Bootstrap(size_t networks, const Statistic& statistic) {
  MCUNAS_CHECK(networks >= 3, "a ranking of fewer than three networks");
  RandomStream random(1, "bootstrap", "networks");
  std::vector<double> results;
  while (results.size() < kResamples) {
    std::vector<size_t> picks(networks);
    for (size_t& pick : picks) pick = static_cast<size_t>(random.Below(networks));
    const double result = statistic(picks);
    if (!std::isnan(result)) results.push_back(result);  // all picks alike
  }
  std::sort(results.begin(), results.end());
  return results;
}

double StandardDeviation(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / (n - 1));
}

}  // namespace

RankAgreement AgreementWith(std::span<const double> truth, std::span<const double> values) {
  const auto taus = Bootstrap(truth.size(), [&](const std::vector<size_t>& picks) {
    return KendallTau(Picked(truth, picks), Picked(values, picks));
  });
  return {KendallTau(truth, values), StandardDeviation(taus)};
}

TauDifference PairedDifference(std::span<const double> truth, std::span<const double> a,
                               std::span<const double> b) {
  const auto differences = Bootstrap(truth.size(), [&](const std::vector<size_t>& picks) {
    const std::vector<double> picked = Picked(truth, picks);
    return KendallTau(picked, Picked(a, picks)) - KendallTau(picked, Picked(b, picks));
  });
  return {KendallTau(truth, a) - KendallTau(truth, b),
          {differences[kResamples / 40], differences[kResamples - 1 - kResamples / 40]}};
}

double RankRegret(std::span<const double> truth, std::span<const double> values, int first) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return values[a] > values[b]; });
  double chosen = truth[order[0]];
  for (size_t i = 0; i < std::min(order.size(), static_cast<size_t>(first)); ++i)
    chosen = std::max(chosen, truth[order[i]]);
  return *std::max_element(truth.begin(), truth.end()) - chosen;
}

}  // namespace mcunas
