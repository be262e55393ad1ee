// Where every byte lies in the region that was chosen for it. Behind regions.h.
#pragma once

#include "memory_model/execution_plan.h"
#include "memory_model/regions/region_assignment.h"
#include "memory_model/regions/region_problem.h"

namespace mcunas {

// `plan` with new tensors, moves, states, arena and more_regions, each region as large as its peak.
// As in group_layout.h whole tensors are pushed together where a group does not fit around them.
ExecutionPlan LayOutRegions(const RegionProblem& problem, const RegionAssignment& assignment,
                            const ExecutionPlan& plan);

}  // namespace mcunas
