#include "nas/search/bayes/goals.h"

#include <algorithm>
#include <cmath>

#include "common/check.h"
#include "nas/search/fitness.h"

namespace mcunas {
namespace {

constexpr double kBeyond = 1.02;  // of the range of a cost

}  // namespace

Goals::Goals(const Objectives& objectives, const Score& score) {
  const auto scored = objectives.find(score.name);
  const auto chosen = scored != objectives.end() ? scored : objectives.begin();
  gain_ = {chosen->first, chosen->second == Direction::kMax ? 1.0 : -1.0};
  for (const auto& [name, sense] : objectives) {
    if (name != gain_.name) costs_.push_back({name, sense == Direction::kMax ? -1.0 : 1.0});
  }
}

std::optional<double> Goals::GainOf(const CandidateRecord& record) const {
  const auto value = ObjectiveValue(record, gain_.name);
  if (!value || !std::isfinite(*value)) return std::nullopt;
  return gain_.sign * *value;
}

std::vector<double> Goals::CostsOf(const CandidateRecord& record) const {
  std::vector<double> costs;
  for (const Goal& cost : costs_) {
    const auto value = ObjectiveValue(record, cost.name);
    MCUNAS_CHECK(value.has_value(), "candidate without objective " + cost.name);
    costs.push_back(cost.sign * *value);
  }
  return costs;
}

std::vector<double> Goals::CostsOf(const KnownCosts& known) const {
  std::vector<double> costs;
  for (const Goal& cost : costs_) {
    const auto value = known.Of(cost.name);
    MCUNAS_CHECK(value.has_value(), "nobody knows " + cost.name + " ahead");
    costs.push_back(cost.sign * *value);
  }
  return costs;
}

CostScale::CostScale(const std::vector<std::vector<double>>& seen, RandomStream* random) {
  MCUNAS_CHECK(!seen.empty(), "a scale needs costs");
  least_ = range_ = seen[0];
  for (const std::vector<double>& costs : seen) {
    for (size_t k = 0; k < costs.size(); ++k) {
      least_[k] = std::min(least_[k], costs[k]);
      range_[k] = std::max(range_[k], costs[k]);
    }
  }
  double sum = 0;
  for (size_t k = 0; k < range_.size(); ++k) {
    range_[k] = kBeyond * (range_[k] - least_[k]);
    if (range_[k] <= 0) range_[k] = 1;
    weights_.push_back(k == 0 ? 0 : range_.size() == 2 ? 1 : random->Unit());
    sum += weights_[k];
  }
  for (double& weight : weights_) weight = sum > 0 ? weight / sum : 0;
}

std::array<double, 2> CostScale::Scaled(const std::vector<double>& costs) const {
  std::array<double, 2> scaled{};
  for (size_t k = 0; k < costs.size(); ++k) {
    const double share = (costs[k] - least_[k]) / range_[k];
    if (k == 0) {
      scaled[0] = share;
    } else {
      scaled[1] += weights_[k] * share;
    }
  }
  return scaled;
}

}  // namespace mcunas
