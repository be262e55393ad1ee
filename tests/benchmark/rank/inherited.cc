#include "inherited.h"

#include <nlohmann/json.hpp>

#include "cli/run/experiment.h"
#include "cli/run/training_limits.h"
#include "common/file.h"
#include "common/stop.h"
#include "nas/evaluate/board_memory.h"
#include "supernet/data/data_files.h"
#include "supernet/load_supernet.h"

namespace mcunas {

using nlohmann::ordered_json;

Expected<void> WriteInherited(const std::string& path, const InheritedScores& scores) {
  const ordered_json json = {{"recipe", scores.recipe},
                             {"inherited",
                              {{"accuracies", scores.accuracies},
                               {"largest", scores.largest},
                               {"smallest", scores.smallest},
                               {"macs_images", scores.macs_images}}}};
  return WriteFileAtomically(path, json.dump(1) + "\n");
}

Expected<InheritedScores> ReadInherited(const std::string& path) {
  const auto text = ReadFile(path);
  if (!text) return text.error();
  try {
    const auto json = ordered_json::parse(*text);
    const ordered_json& inherited = json.at("inherited");
    InheritedScores scores;
    scores.recipe = json.at("recipe").get<std::vector<std::string>>();
    scores.accuracies = inherited.at("accuracies").get<std::vector<double>>();
    scores.largest = inherited.at("largest");
    scores.smallest = inherited.at("smallest");
    scores.macs_images = inherited.at("macs_images");
    return scores;
  } catch (const ordered_json::exception& e) {
    return Error{ErrorCode::kCorrupt, path + ": not scores of rank_inherit: " + e.what()};
  }
}

Expected<InheritedScores> ScoreInherited(const ExperimentConfig& config, const std::string& folder,
                                         const std::vector<RankNetwork>& networks) {
  const auto board = LoadBoardProfile(config.target.board);
  if (!board) return board.error();
  const auto shape = TaskShapeOf(config.data);
  if (!shape) return shape.error();
  const BoardMemoryEvaluator memory(config.space, *shape, LimitsOf(config, *board), config.plan);
  auto supernet = LoadSupernet({config.data, config.supernet, config.space,
                                static_cast<uint64_t>(config.search.seed), folder, LogLevel::kInfo,
                                TrainingLimits(config, *shape, *board, memory)});
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
