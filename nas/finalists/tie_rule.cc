#include "nas/finalists/tie_rule.h"

#include <algorithm>
#include <limits>

#include "nas/evaluate/outcomes.h"
#include "nas/evaluate/statistics.h"

namespace mcunas {
namespace {

constexpr double kChance = 0.05;

bool Works(const FinalNetwork& network) { return network.record.failure == FailureClass::kNone; }

double ScoreOf(const Score& score, const FinalNetwork& network) {
  return MetricValue(network.record, score.int8_name()).value_or(score.worst);
}

double CostOf(const FinalNetwork& network) {
  for (const char* name : {metric::kLatency, metric::kPredictedLatency, metric::kPlanMacs}) {
    if (const auto value = MetricValue(network.record, name)) return *value;
  }
  return std::numeric_limits<double>::infinity();
}

bool ToldApart(const Score& score, const FinalNetwork& best, const FinalNetwork& other) {
  if (!best.outcomes.empty() && !other.outcomes.empty())
    return McNemar(ComparePaired(best.outcomes, other.outcomes)) < kChance;
  const double high = ScoreOf(score, best), low = ScoreOf(score, other);
  const auto count = MetricValue(best.record, Score::count_name(score.int8_name()));
  if (score.unit != "ratio" || score.worst > score.best || !count || *count < 1) return high != low;
  return low < ShareInterval(high, static_cast<int64_t>(*count)).low;
}

}  // namespace

void SortByTieRule(const Score& score, std::vector<FinalNetwork>* networks) {
  std::stable_sort(networks->begin(), networks->end(),
                   [&](const FinalNetwork& a, const FinalNetwork& b) {
                     if (Works(a) != Works(b)) return Works(a);
                     return score.IsBetter(ScoreOf(score, a), ScoreOf(score, b));
                   });
  const auto ties_with = [&](const FinalNetwork& best, const FinalNetwork& other) {
    const bool finished = !best.lost_race && !other.lost_race;
    return &best == &other || (finished && !ToldApart(score, best, other));
  };
  for (FinalNetwork& network : *networks)
    network.tied = Works(network) && ties_with(networks->front(), network);
  const auto ties = std::stable_partition(networks->begin(), networks->end(),
                                          [](const FinalNetwork& n) { return n.tied; });
  if (ties - networks->begin() == 1) networks->front().tied = false;
  std::stable_sort(networks->begin(), ties, [](const FinalNetwork& a, const FinalNetwork& b) {
    return CostOf(a) < CostOf(b);
  });
}

}  // namespace mcunas
