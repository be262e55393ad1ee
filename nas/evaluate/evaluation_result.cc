#include "nas/evaluate/evaluation_result.h"

namespace mcunas {

EvaluationResult Difference(const CandidateRecord& before, const CandidateRecord& after) {
  EvaluationResult result;
  for (const auto& [name, value] : after.metrics) {
    const auto old = before.metrics.find(name);
    if (old == before.metrics.end() || !(old->second == value)) result.metrics[name] = value;
  }
  result.failure = after.failure;
  result.failure_reason = after.failure_reason;
  result.ticks = after.ticks;
  result.operator_ticks = after.operator_ticks;
  return result;
}

void Apply(const EvaluationResult& result, CandidateRecord* record) {
  for (const auto& [name, value] : result.metrics) record->metrics[name] = value;
  record->failure = result.failure;
  record->failure_reason = result.failure_reason;
  record->ticks = result.ticks;
  record->operator_ticks = result.operator_ticks;
  record->seconds += result.seconds;
}

}  // namespace mcunas
