#include "inherited.h"

#include "cli/run/experiment.h"
#include "common/stop.h"
#include "supernet/load_supernet.h"

namespace mcunas {

Expected<InheritedScores> ScoreInherited(const ExperimentConfig& config, const std::string& folder,
                                         const std::vector<RankNetwork>& networks) {
  auto supernet = LoadSupernet({config.data, config.supernet, config.space,
                                static_cast<uint64_t>(config.search.seed), folder});
  if (!supernet) return supernet.error();
  const StopToken stop;
  const auto summary = (*supernet)->Train(stop);
  if (!summary) return summary.error();
  std::vector<Architecture> architectures;
  for (const RankNetwork& network : networks) architectures.push_back(network.architecture);
  const auto scores = (*supernet)->Evaluate(architectures);
  if (!scores) return scores.error();
  InheritedScores inherited;
  for (const ScoreResult& result : *scores) inherited.accuracies.push_back(result.score);
  inherited.largest = summary->largest_score;
  inherited.smallest = summary->smallest_score;
  inherited.macs_images = summary->work;
  return inherited;
}

}  // namespace mcunas
