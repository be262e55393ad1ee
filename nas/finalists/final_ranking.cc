#include "nas/finalists/final_ranking.h"

#include <algorithm>
#include <map>
#include <utility>

#include "common/progress.h"
#include "nas/evaluate/weights_source.h"
#include "nas/finalists/finalist_steps.h"
#include "nas/space/lower.h"

namespace mcunas {
namespace {

constexpr const char* kKind = "final";

class Ranking {
 public:
  Ranking(const FinalistOptions& options, const FinalistPorts& ports, const StopToken& stop)
      : options_(options), ports_(ports), stop_(stop) {}

  // From the study where it is known there, else all steps up to the boards.
  Expected<FinalNetwork> Prepare(const CandidateRecord& candidate) {
    FinalNetwork final;
    final.record = candidate;
    final.network = Lower(options_.space, options_.task.shape, candidate.architecture);
    final.plan = ChoosePlan(final.network, options_.plan, options_.limits);
    final.memory = ReportMemory(final.network, final.plan);
    const auto known = ports_.study->Recall(kKind, candidate.hash);
    if (!known) return known.error();
    if (known->has_value()) {
      Apply(**known, &final.record);
      return final;
    }
    final.record.failure = FailureClass::kNone;  // of a search round
    final.record.failure_reason.clear();
    auto build = EvaluateFinalist(options_, ports_, FinalStage(options_), &final.record, stop_);
    if (!build) return build.error();
    builds_.emplace(candidate.hash, std::move(*build));
    if (auto kept = Keep(final.record); !kept) return kept.error();
    return final;
  }

  // Runs the generated code of the finished project over the test set.
  Expected<void> Test(CandidateRecord* record) {
    const Score& score = options_.task.score;
    if (record->failure != FailureClass::kNone || record->metrics.count(score.test_name()) > 0)
      return {};
    const auto build = BuildOf(*record);
    if (!build) return build.error();
    const auto images = ports_.weights->Images(DataSplit::kTest, record->architecture.resolution);
    if (!images) return images.error();
    record->metrics[score.test_name()] = {
        Int8Score(**build, options_.task, *images, options_.threads), score.unit,
        Source::kMeasured};
    return Keep(*record);
  }

 private:
  // Kept from Prepare. After a resume it is built again: training and compilation are
  // deterministic, so the code that is tested is the code that was measured.
  Expected<const CandidateBuild*> BuildOf(const CandidateRecord& record) {
    auto known = builds_.find(record.hash);
    if (known == builds_.end()) {
      auto build = BuildFinalist(options_, ports_, FinalStage(options_), record, stop_);
      if (!build) return build.error();
      known = builds_.emplace(record.hash, std::move(*build)).first;
    }
    return &known->second;
  }

  Expected<void> Keep(const CandidateRecord& record) {
    const std::pair<Hash128, EvaluationResult> result[] = {
        {record.hash, Difference(CandidateRecord(), record)}};
    return ports_.study->Remember(kKind, result);
  }

  const FinalistOptions& options_;
  const FinalistPorts& ports_;
  const StopToken& stop_;
  std::map<Hash128, CandidateBuild> builds_;
};

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
  Ranking ranking(options, ports, stop);
  ProgressLine progress("final networks", static_cast<int64_t>(2 * candidates.size()));
  std::vector<FinalNetwork> networks;
  int64_t done = 0;
  for (const CandidateRecord& candidate : candidates) {
    if (stop.stop_requested())
      return Error{ErrorCode::kInterrupted, "stopped in the final ranking"};
    auto final = ranking.Prepare(candidate);
    if (!final) return final.error();
    networks.push_back(std::move(*final));
    progress.Update(++done, "int8 and measurement");
  }
  std::stable_sort(networks.begin(), networks.end(),
                   [&](const FinalNetwork& a, const FinalNetwork& b) {
                     return RanksBefore(options.task.score, a, b);
                   });
  for (FinalNetwork& network : networks) {
    if (stop.stop_requested()) return Error{ErrorCode::kInterrupted, "stopped before the test set"};
    if (auto tested = ranking.Test(&network.record); !tested) return tested.error();
    progress.Update(++done, "test set");
  }
  return networks;
}

}  // namespace mcunas
