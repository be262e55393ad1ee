#include "nas/finalists/final_ranking.h"

#include <algorithm>
#include <utility>

#include "common/progress.h"
#include "nas/finalists/final_judge.h"
#include "nas/finalists/race.h"

namespace mcunas {
namespace {

bool RanksBefore(const Score& score, const FinalNetwork& a, const FinalNetwork& b) {
  const bool a_ok = a.record.failure == FailureClass::kNone;
  const bool b_ok = b.record.failure == FailureClass::kNone;
  if (a_ok != b_ok) return a_ok;
  const double a_score = MetricValue(a.record, score.int8_name()).value_or(score.worst);
  const double b_score = MetricValue(b.record, score.int8_name()).value_or(score.worst);
  if (a_score != b_score) return score.IsBetter(a_score, b_score);
  return MetricValue(a.record, metric::kTicks).value_or(1e18) <
         MetricValue(b.record, metric::kTicks).value_or(1e18);
}

}  // namespace

Expected<std::vector<FinalNetwork>> RankFinalNetworks(const FinalistOptions& options,
                                                      const FinalistPorts& ports,
                                                      std::span<const CandidateRecord> candidates,
                                                      const StopToken& stop) {
  const auto race = RunRace(options, ports, candidates, stop);
  if (!race) return race.error();
  FinalJudge judge(options, ports, stop, "final");
  FinalistStage stage = FinalStage(options);
  ProgressLine progress("final networks", static_cast<int64_t>(2 * candidates.size()));
  std::vector<FinalNetwork> networks;
  int64_t done = 0;
  for (size_t i = 0; i < candidates.size(); ++i) {
    if (stop.stop_requested())
      return Error{ErrorCode::kInterrupted, "stopped in the final ranking"};
    stage.recipe = (*race)[i].recipe;
    auto final = judge.Prepare(candidates[i], stage);
    if (!final) return final.error();
    final->training = (*race)[i].training;
    networks.push_back(std::move(*final));
    progress.Update(++done, "int8 and measurement");
  }
  std::stable_sort(networks.begin(), networks.end(),
                   [&](const FinalNetwork& a, const FinalNetwork& b) {
                     return RanksBefore(options.task.score, a, b);
                   });
  for (FinalNetwork& network : networks) {
    if (stop.stop_requested()) return Error{ErrorCode::kInterrupted, "stopped before the test set"};
    stage.recipe = network.recipe;
    if (auto tested = judge.Test(&network.record, stage); !tested) return tested.error();
    progress.Update(++done, "test set");
  }
  return networks;
}

}  // namespace mcunas
