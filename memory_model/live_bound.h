// Lifetimes of tensors and the lower bound of any layer-wise layout. O(L), no heap of its own.
//
// Two bounds hold for every layout; the larger one counts:
//  1. at each operator, the live tensors lie side by side, except that the output may overlap a
//  dying
//     operand as far as the overlap law allows;
//  2. overlap goes one way only (outputs below inputs), so a run of overlapping operators walks
//  down the
//     arena until some output fits above its input. The smallest arena in which consecutive tensors
//     alone can be placed follows from the reachable interval of offsets of each. Tensors that live
//     through a whole run (skips) are disjoint from all of it; cutting their bytes out of the
//     address space keeps every rule between the others, so their sizes add. On chains this bound
//     is the optimum.
#pragma once

#include <cstdint>
#include <span>

#include "network/network.h"

namespace mcunas {

// Facts of tensor t at index t + 1.
struct TensorFacts {
  int64_t size = 0;        // bytes, rounded to the alignment
  int64_t down = 0;        // tensor t against tensor t - 1: OverlapRule::down
  int64_t bystanders = 0;  // bytes that live through operator t, disjoint from tensors t - 1 and t
  int last_use = 0;  // last operator that reads it; its own index if nobody does; L for the output
  bool alias = false;  // tensor t against tensor t - 1: OverlapRule::alias
  bool fresh = false;  // the set of bystanders changed, or tensor t - 1 is dead: a new run
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
