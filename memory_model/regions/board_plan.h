// Plans over the memory regions of a board. See regions.h for the problem and the method.
#pragma once

#include <vector>

#include "common/expected.h"
#include "memory_model/board_profile.h"
#include "memory_model/planner/plan_memory.h"
#include "memory_model/regions/regions.h"

namespace mcunas {

// Regions of a board, in the order of its profile.
std::vector<PlanRegion> BoardRegions(const BoardProfile& board);

// The cheapest plan that fits the board beside stack, static data and the caller's output buffer:
// in region 0 alone where that is enough within options.max_macs_factor, otherwise in several
// regions. options.sram, where set, limits arena + scratch as if there was one region. Errors:
// kInfeasible with the smallest SRAM that would do.
Expected<RegionPlan> PlanInBoardRegions(const Network& network, const BoardProfile& board,
                                        const PlanOptions& options = {});
// `plan`, or where the first region of the board does not hold it and several do, one that uses
// them all.
ExecutionPlan SpreadOverRegions(const Network& network, ExecutionPlan plan,
                                const BoardProfile& board, const PlanOptions& options);

}  // namespace mcunas
