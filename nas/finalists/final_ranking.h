// The end of a search: the best networks, fine-tuned, quantised, measured once more, ranked,
// tested.
#pragma once

#include <span>
#include <vector>

#include "nas/finalists/finalists.h"

namespace mcunas {

// One row of the final table.
struct FinalNetwork {
  CandidateRecord
      record;  // with int8_accuracy (whole held-out split), test_accuracy and measurements
  Network network;
  ExecutionPlan plan;
  MemoryReport memory;
};

// Prepares every candidate (fine-tune, int8, C, ELF, measurement), ranks by int8 accuracy on the
// held-out split (failed ones last, ties by latency), and only then runs the test set once for
// each. A network that is done is recorded in candidates/<hash>/final.json and not done again after
// a kill. The winner comes first. Cost: int8_top_k times fine-tuning and two passes over data in
// generated code.
Expected<std::vector<FinalNetwork>> RankFinalNetworks(const FinalistContext& context,
                                                      std::span<const CandidateRecord> candidates,
                                                      const StopToken& stop);

}  // namespace mcunas
