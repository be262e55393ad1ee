#include "nas/evaluate/cached_memory.h"

namespace mcunas {

void CachedMemory::Evaluate(CandidateRecord* record) const {
  const auto [place, added] = known_.try_emplace(ArchitectureToJson(record->architecture));
  CandidateRecord& known = place->second;
  if (added) {
    known.architecture = record->architecture;
    inner_.Evaluate(&known);
  }
  for (const auto& [name, metric] : known.metrics) record->metrics[name] = metric;
  if (known.failure == FailureClass::kNone) return;
  record->failure = known.failure;
  record->failure_reason = known.failure_reason;
  record->violation = known.violation;
}

}  // namespace mcunas
