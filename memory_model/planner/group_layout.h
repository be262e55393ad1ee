// Where every byte of a chosen sequence of groups lives.
//
// Between two groups only whole tensors are alive, so they may be moved: a group that does not fit
// around them as they lie gets them pushed together at the top of the arena first. Hence the arena
// is as large as the greediest group and no larger, whatever the network: no layout of these groups
// uses less. A move costs a copy of one boundary tensor, which is little against computing it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "memory_model/execution_plan.h"
#include "memory_model/planner/group_scan.h"

namespace mcunas {

// A plan with groups, tensors, moves, states, arena, live_bound and peak_operator; scratch and
// macs_factor are left alone. Outputs go down from the top, rings up from the bottom, so that moves
// are rare. Deterministic. Cost: microseconds per group.
ExecutionPlan LayOut(const StreamFacts& facts, InputMode input_mode,
                     std::span<const PlanGroup> groups);

}  // namespace mcunas
