// Lifetimes of tensors and the lower bound of any layer-wise layout. O(L), no heap of its own.
//
// Two bounds hold for every layout; the larger one counts:
//  1. at each operator, the live tensors lie side by side, except that the output may overlap a
//  dying
//     operand as far as the overlap law allows;
//  2. overlap goes one way only (outputs below inputs), so a run of overlapping operators walks
//  down the
//     arena until some output fits above its input. The smallest arena in which consecutive tensors
//     alone can be placed follows from the reachable interval of offsets of each; on chains this is
//     the optimum.
#pragma once

#include <cstdint>
#include <span>

#include "network/network.h"

namespace mcunas {

// Facts of tensor t at index t + 1.
struct TensorFacts {
  int64_t size = 0;  // bytes, rounded to the alignment
  int64_t down = 0;  // tensor t against tensor t - 1: OverlapRule::down
  int last_use = 0;  // last operator that reads it; its own index if nobody does; L for the output
  bool alias = false;        // tensor t against tensor t - 1: OverlapRule::alias
  bool independent = false;  // tensor t - 1 is dead before operator t runs
};

struct LiveBound {
  int64_t bytes = 0;      // arena, rounded to kArenaAlignment
  int64_t live_peak = 0;  // bound 1 alone, same rounding
  int peak_operator = 0;  // where bound 1 is reached first
};

// Fills facts[0 .. L]; facts.size() must be L + 1. `operators` may not be empty.
LiveBound ComputeLiveBound(const Network& network, std::span<TensorFacts> facts);

// Largest kernel scratch of any operator, from the formulas that the kernels share.
int64_t NetworkScratchBytes(const Network& network);
int64_t OperatorScratchBytes(const Operator& op);

}  // namespace mcunas
