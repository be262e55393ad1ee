#include "nas/finalists/final_ranking.h"

#include <utility>

#include "common/progress.h"
#include "nas/finalists/final_judge.h"
#include "nas/finalists/race.h"
#include "nas/finalists/tie_rule.h"

namespace mcunas {
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
    final->lost_race = (*race)[i].lost;
    networks.push_back(std::move(*final));
    progress.Update(++done, "int8 and measurement");
  }
  SortByTieRule(options.task.score, &networks);
  for (FinalNetwork& network : networks) {
    if (stop.stop_requested()) return Error{ErrorCode::kInterrupted, "stopped before the test set"};
    stage.recipe = network.recipe;
    if (auto tested = judge.Test(&network, stage); !tested) return tested.error();
    progress.Update(++done, "test set");
  }
  return networks;
}

}  // namespace mcunas
