#include "nas/finalists/race.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#include "common/progress.h"
#include "common/stop.h"
#include "nas/space/enumerate.h"
#include "nas/space/lower.h"
#include "network/operator_counts.h"

namespace mcunas {
namespace {

struct Heat {
  double fraction;   // of the final training
  size_t one_of;     // of so many runners one goes on,
  size_t survivors;  // but so many at least
};
constexpr Heat kHeats[] = {{1.0 / 16, 3, 2}, {1.0 / 8, std::numeric_limits<size_t>::max(), 1}};

double MacsOf(const FinalistOptions& options, const Architecture& architecture) {
  return static_cast<double>(
      NetworkMacs(Lower(options.space, options.task.shape, architecture)).value);
}

class Race {
 public:
  Race(const FinalistOptions& options, const FinalistPorts& ports, const StopToken& stop,
       std::span<const CandidateRecord> candidates)
      : options_(options), ports_(ports), stop_(stop), candidates_(candidates) {}

  Expected<std::vector<RaceEntry>> Run() {
    entries_.resize(candidates_.size());
    std::vector<size_t> running(candidates_.size());
    std::iota(running.begin(), running.end(), size_t{0});
    const bool race = options_.fine_tune.race && options_.fine_tune.epochs > 0;
    for (const Heat& heat : kHeats) {
      // Nobody runs a heat that everybody survives.
      if (!race || running.size() <= heat.survivors) continue;
      if (auto run = RunHeat(heat, &running); !run) return run.error();
    }
    for (const size_t i : running) Enter(i, 1);
    return std::move(entries_);
  }

 private:
  void Enter(size_t i, double fraction) {
    const Architecture& architecture = candidates_[i].architecture;
    entries_[i].recipe = FineTuneRecipe(options_, architecture, fraction);
    entries_[i].training +=
        MacsOf(options_, architecture) * static_cast<double>(entries_[i].recipe.epochs);
  }

  // Leaves those that go on in `running`.
  Expected<void> RunHeat(const Heat& heat, std::vector<size_t>* running) {
    std::vector<std::pair<double, size_t>> results;  // shortfall: the least is the best
    ProgressLine progress("heat of the finalists", static_cast<int64_t>(running->size()));
    for (const size_t i : *running) {
      if (stop_.stop_requested()) return Error{ErrorCode::kInterrupted, "stopped between heats"};
      Enter(i, heat.fraction);
      const auto score = ScoreOf(i);
      if (!score) return score.error();
      results.emplace_back(options_.task.score.Shortfall(*score), i);
      progress.Update(static_cast<int64_t>(results.size()), candidates_[i].hash.Short());
    }
    std::stable_sort(results.begin(), results.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    const size_t left = std::max(heat.survivors, results.size() / heat.one_of);
    running->clear();
    for (const auto& [shortfall, i] : results) {
      entries_[i].lost = running->size() == left;
      if (!entries_[i].lost) running->push_back(i);
    }
    return {};
  }

  Expected<double> ScoreOf(size_t i) {
    const CandidateRecord& candidate = candidates_[i];
    const std::string kind = "race/" + RecipeName(entries_[i].recipe);
    const std::string name = options_.task.score.float_name();
    const auto known = ports_.study->Recall(kind, candidate.hash);
    if (!known) return known.error();
    if (known->has_value()) return (*known)->metrics.at(name).value;
    const auto weights = ports_.weights->Extract(candidate.architecture, entries_[i].recipe, stop_);
    if (!weights) return weights.error();
    const auto result = ports_.weights->FloatScore(*weights, DataSplit::kHoldout);
    if (!result) return result.error();
    std::pair<Hash128, EvaluationResult> kept{candidate.hash, {}};
    kept.second.metrics[name] = {result->score, options_.task.score.unit, Source::kMeasured};
    if (auto done = ports_.study->Remember(kind, std::span(&kept, 1)); !done) return done.error();
    return result->score;
  }

  const FinalistOptions& options_;
  const FinalistPorts& ports_;
  const StopToken& stop_;
  std::span<const CandidateRecord> candidates_;
  std::vector<RaceEntry> entries_;
};

}  // namespace

WeightsRecipe FineTuneRecipe(const FinalistOptions& options, const Architecture& architecture,
                             double fraction) {
  WeightsRecipe recipe;
  recipe.rate = options.fine_tune.rate;
  recipe.decay = options.fine_tune.weight_decay;
  if (options.fine_tune.epochs == 0) return recipe;
  double epochs = fraction * static_cast<double>(options.fine_tune.epochs);
  if (options.fine_tune.unit == FineTuneUnit::kWork)
    epochs *= MacsOf(options, Largest(options.space)) / MacsOf(options, architecture);
  recipe.epochs = std::max<int64_t>(1, std::llround(epochs));
  return recipe;
}

Expected<std::vector<RaceEntry>> RunRace(const FinalistOptions& options, const FinalistPorts& ports,
                                         std::span<const CandidateRecord> candidates,
                                         const StopToken& stop) {
  return Race(options, ports, stop, candidates).Run();
}

}  // namespace mcunas
