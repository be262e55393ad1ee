// Brute force over all groupings and modes of a chain, for comparison with the planner. What a
// group needs is measured on its trace; nothing is taken from the planner but the definition of the
// family in memory_model/planner/group_scan.h.
#pragma once

#include <cstdint>
#include <vector>

#include "memory_model/planner/plan_memory.h"
#include "network/network.h"

namespace mcunas {

// One way to compute operators [first, last), with its arena bytes and MACs.
struct BruteGroup {
  PlanGroup group;
  int64_t bytes = 0;
  int64_t macs = 0;
  int64_t ring_bytes = 0;        // of inner tensors, part of `bytes`
  int64_t exact_ring_bytes = 0;  // what would do for them
};

// Every legal group of the chain whose kind `options` allows; strips only where max_macs_factor is
// not 1. Patches are left out: nothing asks for their optimum.
std::vector<BruteGroup> AllGroups(const Network& chain, const PlanOptions& options);

// The smallest arena of any sequence of groups within max_macs_factor, multiple of 8.
Bytes BruteSmallestArena(const Network& chain, const PlanOptions& options);

// All non-dominated (arena, factor), smallest factor first. Exponential: for short chains.
std::vector<ParetoPoint> BrutePareto(const Network& chain, const PlanOptions& options);

}  // namespace mcunas
