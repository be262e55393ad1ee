#include "nas/search/baselines.h"

#include <algorithm>
#include <optional>

#include "nas/evaluate/cached_score.h"
#include "nas/evaluate/latency_limit.h"
#include "nas/evaluate/search_work.h"
#include "nas/search/candidate_source.h"
#include "nas/search/random_search.h"
#include "nas/search/result.h"
#include "nas/search/screening.h"
#include "nas/search/starters.h"
#include "nas/space/lower.h"
#include "network/hash_network.h"

namespace mcunas {
namespace {

Hash128 HashOf(const SearchSetup& setup, const Architecture& architecture) {
  return NetworkHash(Lower(setup.space, setup.task.shape, architecture));
}

LatencyGate GateOf(const SearchSetup& setup, const SearchPorts& ports) {
  return {setup.space, setup.task.shape, setup.limits.latency_ms, *ports.memory, ports.latency};
}

CandidateRecord RecordOf(const SearchSetup& setup, const MemoryEvaluator& memory,
                         const Architecture& architecture) {
  CandidateRecord record;
  record.architecture = architecture;
  record.hash = HashOf(setup, architecture);
  memory.Evaluate(&record);
  return record;
}

Baseline Alone(BaselineKind kind, CandidateRecord record, const BaselineTerms& terms) {
  int64_t epochs = terms.epochs;
  if (terms.budget == BaselineBudget::kEqualCost) {
    epochs = EpochsWorth(terms.work, *MetricValue(record, metric::kMacs), terms.training_images);
  }
  WeightsRecipe recipe = {WeightsRecipe::Start::kRandom, std::max<int64_t>(1, epochs)};
  recipe.decay = terms.final_recipe(record.architecture).decay;
  return {kind, std::move(record), recipe};
}

// The best of `evaluations` random networks within the limits.
Expected<std::optional<CandidateRecord>> BestOfRandom(const SearchSetup& setup,
                                                      const SearchPorts& ports, int64_t evaluations,
                                                      const StopToken& stop) {
  const LatencyGate memory = GateOf(setup, ports);
  CandidateCosts costs(setup.space, setup.task.shape, *ports.memory, ports.latency,
                       setup.limits.latency_ms);
  const auto strategy = MakeRandomSearch({setup.space, setup.search, setup.task.score, costs});
  CandidateSource source(setup.space, setup.task.shape, static_cast<uint64_t>(setup.search.seed),
                         *strategy, memory);
  CachedScore scores(setup.task.score, *ports.score, *ports.study, stop,
                     [&](const Architecture& a) { return HashOf(setup, a); });
  SearchConfig accurate = setup.search;
  accurate.objectives = {{setup.task.score.name, setup.task.score.direction()}};
  Screening screening(accurate, setup.task.score, scores);
  std::vector<CandidateRecord> history;
  for (int64_t left = evaluations; left > 0;) {
    std::vector<size_t> fresh;
    for (Draw& draw : source.Next(static_cast<int>(std::min<int64_t>(left, 32)), 0)) {
      if (!draw.record.usable()) continue;
      fresh.push_back(history.size());
      history.push_back(std::move(draw.record));
    }
    if (fresh.empty()) break;
    if (auto scored = screening.Enter(fresh, history); !scored) return scored.error();
    left -= static_cast<int64_t>(fresh.size());
  }
  if (const auto promoted = screening.Promote(history); !promoted) return promoted.error();
  const std::vector<size_t> front = ParetoFront(history, accurate, setup.task.score);
  if (front.empty()) return std::optional<CandidateRecord>();
  return std::optional<CandidateRecord>(history[front.front()]);
}

}  // namespace

Expected<std::vector<Baseline>> ChooseBaselines(const SearchSetup& setup, const SearchPorts& ports,
                                                const BaselineTerms& terms, const StopToken& stop) {
  std::vector<Baseline> baselines;
  if (terms.budget == BaselineBudget::kNone) return baselines;
  const LatencyGate memory = GateOf(setup, ports);
  if (const auto largest = LargestWithin(setup.space, memory)) {
    baselines.push_back(Alone(BaselineKind::kLargest, RecordOf(setup, memory, *largest), terms));
  }
  const std::vector<Architecture> scalings = UniformScalings(setup.space, memory);
  if (!scalings.empty()) {
    baselines.push_back(
        Alone(BaselineKind::kUniform, RecordOf(setup, memory, scalings.front()), terms));
  }
  if (setup.search.algorithm == "random") return baselines;
  auto random = BestOfRandom(setup, ports, terms.evaluations, stop);
  if (!random) return random.error();
  if (random->has_value()) {
    const WeightsRecipe recipe = terms.final_recipe((*random)->architecture);
    baselines.push_back({BaselineKind::kRandom, std::move(**random), recipe});
  }
  return baselines;
}

}  // namespace mcunas
