// EvaluationResult: what one evaluation added to a candidate, as a study keeps it.
#pragma once

#include <map>
#include <string>

#include "nas/evaluate/candidate.h"
#include "nas/evaluate/outcomes.h"

namespace mcunas {

struct EvaluationResult {
  std::map<std::string, Metric> metrics;
  FailureClass failure = FailureClass::kNone;
  std::string failure_reason;
  std::map<std::string, BoardResult> boards;
  std::string board;
  Outcomes outcomes;  // of a score; Apply leaves them out
  double seconds = 0;
};

// Metrics that are new or different in `after`; failure and boards as they are there. No seconds.
EvaluationResult Difference(const CandidateRecord& before, const CandidateRecord& after);

// Adds a result to the record it was made for: Apply(Difference(before, after), &before) gives what
// Difference sees of `after`.
void Apply(const EvaluationResult& result, CandidateRecord* record);

}  // namespace mcunas
