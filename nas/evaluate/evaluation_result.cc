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
  result.boards = after.boards;
  result.board = after.board;
  return result;
}

void Apply(const EvaluationResult& result, CandidateRecord* record) {
  for (const auto& [name, value] : result.metrics) record->metrics[name] = value;
  record->failure = result.failure;
  record->failure_reason = result.failure_reason;
  record->boards = result.boards;
  record->board = result.board;
  record->seconds += result.seconds;
}

}  // namespace mcunas
