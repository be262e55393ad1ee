// Yardstick: the hypervolume of a search against a reference point that never moves.
#pragma once

#include <span>
#include <vector>

#include "nas/evaluate/candidate.h"
#include "nas/search/pareto.h"
#include "nas/search/search_loop.h"

namespace mcunas {

class LatencyModel;  // nas/evaluate/latency_model.h

// Every objective is scaled so that 0 is perfect and 1 is the reference: the worst score, the limit
// of SRAM, flash, MACs and latency where there is one, else what the largest network of the space needs.
class Yardstick {
 public:
  // `memory` and `latency` (may be null) are asked about the largest network, once.
  Yardstick(const SearchSetup& setup, const MemoryEvaluator& memory, const LatencyModel* latency);

  // In [0, 1], of the usable candidates.
  double Hypervolume(std::span<const CandidateRecord> history) const;

 private:
  SearchConfig config_;
  Score score_;
  Costs references_;  // in the order of the objectives; unused for the score
};

}  // namespace mcunas
