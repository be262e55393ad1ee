#include "nas/finalists/baseline_networks.h"

#include <string>
#include <utility>

#include "common/names.h"
#include "common/progress.h"
#include "nas/finalists/final_judge.h"

namespace mcunas {

Expected<std::vector<BaselineNetwork>> EvaluateBaselines(const FinalistOptions& options,
                                                         const FinalistPorts& ports,
                                                         std::span<const Baseline> baselines,
                                                         const StopToken& stop) {
  FinalistPorts without_boards = ports;
  without_boards.boards = nullptr;
  ProgressLine progress("baselines", static_cast<int64_t>(baselines.size()));
  std::vector<BaselineNetwork> networks;
  for (const Baseline& baseline : baselines) {
    if (stop.stop_requested()) return Error{ErrorCode::kInterrupted, "stopped in the baselines"};
    const bool alone = baseline.recipe.start == WeightsRecipe::Start::kRandom;
    const std::string start = alone ? "alone" : "inherited";
    FinalistStage stage = FinalStage(options);
    stage.recipe = baseline.recipe;
    stage.folder = "baselines/" + start;
    FinalJudge judge(options, without_boards, stop, "baseline");
    auto final = judge.Prepare(baseline.record, stage);
    if (!final) return final.error();
    if (auto tested = judge.Test(&*final, stage); !tested) return tested.error();
    networks.push_back({baseline.kind, std::move(*final)});
    progress.Update(static_cast<int64_t>(networks.size()), NameOf(kBaselineKinds, baseline.kind));
  }
  return networks;
}

}  // namespace mcunas
