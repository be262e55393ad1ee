#include "nas/search/fitness.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "common/check.h"

namespace mcunas {
namespace {

// Front and crowding of the feasible ones; the others keep their zeros.
struct Standing {
  int front = 0;
  double crowding = 0;
};

std::vector<Standing> StandingOf(std::span<const Fitness> all) {
  std::vector<size_t> feasible;
  std::vector<Costs> costs;
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i].tier != Fitness::Tier::kFeasible) continue;
    feasible.push_back(i);
    costs.push_back(all[i].costs);
  }
  const std::vector<int> ranks = ParetoRanks(costs);
  std::map<int, std::vector<size_t>> fronts;
  for (size_t k = 0; k < ranks.size(); ++k) fronts[ranks[k]].push_back(k);

  std::vector<Standing> standing(all.size());
  for (const auto& [front, members] : fronts) {
    std::vector<Costs> front_costs;
    for (const size_t k : members) front_costs.push_back(costs[k]);
    const std::vector<double> crowding = CrowdingDistances(front_costs);
    for (size_t m = 0; m < members.size(); ++m) {
      standing[feasible[members[m]]] = {front, crowding[m]};
    }
  }
  return standing;
}

}  // namespace

std::optional<double> ObjectiveValue(const CandidateRecord& record, const std::string& objective) {
  const auto value = MetricValue(record, objective);
  if (value || objective != metric::kLatency) return value;
  return MetricValue(record, metric::kPredictedLatency);
}

Fitness FitnessOf(const CandidateRecord& record, const SearchConfig& config) {
  Fitness fitness;
  if (record.failure == FailureClass::kInfeasible) {
    fitness.tier = Fitness::Tier::kInfeasible;
    fitness.violation = record.violation;
    return fitness;
  }
  if (!record.usable()) {
    fitness.tier = Fitness::Tier::kFailed;
    return fitness;
  }
  for (const auto& [name, sense] : config.objectives) {
    const auto value = ObjectiveValue(record, name);
    MCUNAS_CHECK(value.has_value(), "candidate without objective " + name);
    fitness.costs.push_back(sense == Direction::kMax ? -*value : *value);
  }
  return fitness;
}

bool ConstrainedDominates(const Fitness& a, const Fitness& b) {
  if (a.tier != b.tier) return a.tier < b.tier;
  if (a.tier == Fitness::Tier::kInfeasible) return a.violation < b.violation;
  return a.tier == Fitness::Tier::kFeasible && Dominates(a.costs, b.costs);
}

std::vector<size_t> OrderByFitness(std::span<const Fitness> all) {
  const std::vector<Standing> standing = StandingOf(all);
  std::vector<size_t> order(all.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t i, size_t j) {
    const Fitness &a = all[i], &b = all[j];
    if (a.tier != b.tier) return a.tier < b.tier;
    if (a.violation != b.violation) return a.violation < b.violation;
    if (standing[i].front != standing[j].front) return standing[i].front < standing[j].front;
    return standing[i].crowding > standing[j].crowding;
  });
  return order;
}

}  // namespace mcunas
