#include "nas/finalists/final_judge.h"

#include <utility>

#include "nas/evaluate/latency_limit.h"
#include "nas/evaluate/weights_source.h"
#include "nas/space/lower.h"

namespace mcunas {

Expected<FinalNetwork> FinalJudge::Prepare(const CandidateRecord& candidate,
                                           const FinalistStage& stage) {
  FinalNetwork final;
  final.record = candidate;
  final.recipe = stage.recipe;
  final.network = Lower(options_.space, options_.task.shape, candidate.architecture);
  final.plan = ChoosePlan(final.network, options_.plan, options_.limits);
  final.memory = ReportMemory(final.network, final.plan);
  const auto known = ports_.study->Recall(KindOf(stage.recipe), candidate.hash);
  if (!known) return known.error();
  if (known->has_value()) {
    Apply(**known, &final.record);
    final.outcomes = (*known)->outcomes;
    FailBeyondLatency(options_.limits.latency_ms, &final.record);
    return final;
  }
  final.record.failure = FailureClass::kNone;  // of a search round
  final.record.failure_reason.clear();
  auto build = EvaluateFinalist(options_, ports_, stage, &final.record, stop_);
  if (!build) return build.error();
  auto scored =
      AddFloatScore(*build, DataSplit::kHoldout, options_.task.score.float_name(), &final.record);
  if (!scored) return scored.error();
  final.outcomes = build->judged;
  builds_.emplace(candidate.hash, std::move(*build));
  if (auto kept = Keep(final); !kept) return kept.error();
  FailBeyondLatency(options_.limits.latency_ms, &final.record);
  return final;
}

Expected<void> FinalJudge::Test(FinalNetwork* network, const FinalistStage& stage) {
  const Score& score = options_.task.score;
  CandidateRecord* record = &network->record;
  if (record->failure != FailureClass::kNone || record->metrics.count(score.test_name()) > 0)
    return {};
  const auto build = BuildOf(*record, stage);
  if (!build) return build.error();
  const auto images = ports_.weights->Images(DataSplit::kTest, record->architecture.resolution);
  if (!images) return images.error();
  record->metrics[score.test_name()] = {
      Int8Score(**build, options_.task, *images, options_.threads).score, score.unit,
      Source::kMeasured};
  record->metrics[Score::count_name(score.test_name())] = {static_cast<double>(images->count),
                                                           "images", Source::kMeasured};
  auto scored = AddFloatScore(**build, DataSplit::kTest, score.float_test_name(), record);
  if (!scored) return scored;
  return Keep(*network);
}

Expected<const CandidateBuild*> FinalJudge::BuildOf(const CandidateRecord& record,
                                                    const FinalistStage& stage) {
  auto known = builds_.find(record.hash);
  if (known == builds_.end()) {
    auto build = BuildFinalist(options_, ports_, stage, record, stop_);
    if (!build) return build.error();
    known = builds_.emplace(record.hash, std::move(*build)).first;
  }
  return &known->second;
}

Expected<void> FinalJudge::AddFloatScore(const CandidateBuild& build, DataSplit split,
                                         const std::string& name, CandidateRecord* record) {
  const auto result = ports_.weights->FloatScore(build.weights, split);
  if (!result) return result.error();
  record->metrics[name] = {result->score, options_.task.score.unit, Source::kMeasured};
  return {};
}

Expected<void> FinalJudge::Keep(const FinalNetwork& network) {
  std::pair<Hash128, EvaluationResult> result{network.record.hash,
                                              Difference(CandidateRecord(), network.record)};
  result.second.outcomes = network.outcomes;
  return ports_.study->Remember(KindOf(network.recipe), std::span(&result, 1));
}

}  // namespace mcunas
