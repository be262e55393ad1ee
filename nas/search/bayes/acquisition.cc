#include "nas/search/bayes/acquisition.h"

#include <algorithm>
#include <limits>

#include "nas/search/bayes/expected_improvement.h"

namespace mcunas {

void Acquisition::Aim(const Goals& goals, const ScoreModel& model,
                      std::span<const Observation> observations,
                      std::span<const PoolCandidate> pool, RandomStream* random) {
  single_ = goals.single();
  best_ = -std::numeric_limits<double>::infinity();
  double worst = std::numeric_limits<double>::infinity();
  std::vector<std::vector<double>> pool_costs, seen;
  for (const Observation& told : observations) {
    worst = std::min(worst, model.Scaled(told.gain));
    if (!told.usable) continue;
    best_ = std::max(best_, model.Scaled(told.gain));
    seen.push_back(told.costs);
  }
  best_ = std::max(best_, worst);
  if (single_ || pool.empty()) return;
  for (const PoolCandidate& candidate : pool) pool_costs.push_back(goals.CostsOf(candidate.costs));
  seen.insert(seen.end(), pool_costs.begin(), pool_costs.end());
  const CostScale scale(seen, random);
  volume_ = HypervolumeImprovement(worst);
  for (const Observation& told : observations) {
    if (told.usable) volume_.Add({model.Scaled(told.gain), scale.Scaled(told.costs)});
  }
  costs_.clear();
  for (const std::vector<double>& costs : pool_costs) costs_.push_back(scale.Scaled(costs));
}

double Acquisition::Of(size_t candidate, double mean, double deviation) const {
  if (single_) return ExpectedImprovement(mean, deviation, best_);
  return volume_.Expected(mean, deviation, costs_[candidate]);
}

void Acquisition::Believe(size_t candidate, double gain) {
  best_ = std::max(best_, gain);
  if (!single_) volume_.Add({gain, costs_[candidate]});
}

}  // namespace mcunas
