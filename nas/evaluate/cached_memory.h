// CachedMemory: never plans the same architecture twice. The networks that need no search are looked
// for once for the training, once for the first population and once for the baselines.
#pragma once

#include <map>
#include <string>

#include "nas/evaluate/ports.h"

namespace mcunas {

// Remembers what `inner`, which is borrowed, added to a new record. Thread rule: one thread at a
// time.
class CachedMemory : public MemoryEvaluator {
 public:
  explicit CachedMemory(const MemoryEvaluator& inner) : inner_(inner) {}

  void Evaluate(CandidateRecord* record) const override;

 private:
  const MemoryEvaluator& inner_;
  mutable std::map<std::string, CandidateRecord> known_;  // by architecture
};

}  // namespace mcunas
