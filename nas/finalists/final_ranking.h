// The end of a search: the best networks, fine-tuned, quantised, measured once more, ranked,
// tested.
#pragma once

#include <span>
#include <vector>

#include "nas/evaluate/final_network.h"
#include "nas/finalists/finalists.h"

namespace mcunas {

// Prepares every candidate (fine-tune, int8, C, ELF, measurement), ranks by int8 accuracy on the
// held-out split (failed ones last, ties by latency), and only then runs the test set once for
// each. A network that is done is recorded in candidates/<hash>/final.json and not done again after
// a kill. The winner comes first. Cost: int8_top_k times fine-tuning and two passes over data in
// generated code.
Expected<std::vector<FinalNetwork>> RankFinalNetworks(const FinalistContext& context,
                                                      std::span<const CandidateRecord> candidates,
                                                      const StopToken& stop);

}  // namespace mcunas
