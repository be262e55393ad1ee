// Which object goes to which region: the optimisation behind regions.h, free of networks.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "memory_model/regions/region_locals.h"
#include "memory_model/regions/region_problem.h"

namespace mcunas {

// Regions of the objects of one group, in the order of RegionGroup.
struct GroupRegions {
  std::vector<int> alive_before;  // of `alive`, before the moves of this group
  std::vector<int> alive, made, rings, sums;
};

struct RegionAssignment {
  std::vector<GroupRegions> groups;
  int64_t cost = 0;
  std::vector<int64_t> peaks;    // most bytes in each region, in any group or move
  std::vector<int64_t> traffic;  // per region
  bool exact = true;
};

// Nothing where no assignment was found.
std::optional<RegionAssignment> AssignRegions(const RegionProblem& problem,
                                              const std::vector<RegionSpec>& regions);

}  // namespace mcunas
