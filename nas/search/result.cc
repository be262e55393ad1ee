#include "nas/search/result.h"

#include <algorithm>

#include "nas/search/fitness.h"

namespace mcunas {
namespace {

std::vector<Fitness> FitnessOfAll(std::span<const CandidateRecord> history,
                                  const SearchConfig& config) {
  std::vector<Fitness> all;
  for (const CandidateRecord& record : history) all.push_back(FitnessOf(record, config));
  return all;
}

// Best first; equal ones stay in their order.
void SortByScore(std::span<const CandidateRecord> history, const Score& score,
                 std::vector<size_t>* positions) {
  std::stable_sort(positions->begin(), positions->end(), [&](size_t a, size_t b) {
    return score.IsBetter(MetricValue(history[a], score.name).value_or(score.worst),
                          MetricValue(history[b], score.name).value_or(score.worst));
  });
}

std::vector<size_t> BestByScore(std::span<const CandidateRecord> history, const Score& score,
                                size_t k) {
  std::vector<size_t> best;
  for (size_t i = 0; i < history.size(); ++i)
    if (history[i].usable()) best.push_back(i);
  SortByScore(history, score, &best);
  best.resize(std::min(best.size(), k));
  return best;
}

}  // namespace

std::vector<size_t> ParetoFront(std::span<const CandidateRecord> history,
                                const SearchConfig& config, const Score& score) {
  std::vector<size_t> usable;
  std::vector<Costs> costs;
  for (size_t i = 0; i < history.size(); ++i) {
    if (!history[i].usable()) continue;
    usable.push_back(i);
    costs.push_back(FitnessOf(history[i], config).costs);
  }
  std::vector<size_t> front;
  for (const size_t k : NonDominated(costs)) front.push_back(usable[k]);
  SortByScore(history, score, &front);
  return front;
}

std::vector<size_t> ChooseBest(std::span<const CandidateRecord> history, const SearchConfig& config,
                               const Score& score, size_t k) {
  if (config.finalists == FinalistChoice::kAccurate) return BestByScore(history, score, k);
  std::vector<size_t> best = ParetoFront(history, config, score);
  best.resize(std::min(best.size(), (k + 1) / 2));
  const std::vector<Fitness> fitness = FitnessOfAll(history, config);
  for (const size_t i : OrderByFitness(fitness)) {
    if (best.size() >= k || fitness[i].tier != Fitness::Tier::kFeasible) break;
    if (std::find(best.begin(), best.end(), i) == best.end()) best.push_back(i);
  }
  return best;
}

std::vector<size_t> WithStarters(std::span<const CandidateRecord> history,
                                 std::span<const Architecture> starters,
                                 std::span<const size_t> best, size_t k) {
  std::vector<size_t> chosen;
  const auto add = [&](size_t position) {
    const bool there = std::find(chosen.begin(), chosen.end(), position) != chosen.end();
    if (chosen.size() < k && !there) chosen.push_back(position);
  };
  for (const size_t position : best.first(std::min(best.size(), (k + 1) / 2))) add(position);
  for (const Architecture& starter : starters) {
    for (size_t i = 0; i < history.size(); ++i)
      if (history[i].usable() && history[i].architecture == starter) add(i);
  }
  for (const size_t position : best) add(position);
  return chosen;
}

}  // namespace mcunas
