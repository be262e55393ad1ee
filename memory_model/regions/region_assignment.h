// Which object goes to which region: the optimisation behind regions.h, free of networks.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "memory_model/regions/region_problem.h"

namespace mcunas {

struct RegionSpec {
  int64_t capacity = 0;
  int64_t cost = 1;  // per byte
};

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

// One object of a group that lives in no other group.
struct LocalObject {
  int64_t size = 0;
  int64_t traffic = 0;
};

struct LocalAssignment {
  bool fits = false;
  std::vector<int> regions;
  int64_t cost = 0;
  bool exact = true;  // false: given up at `max_nodes`
};

// Branch and bound: least traffic * cost so that the sizes in no region exceed its `room`; where
// `max_nodes` do not suffice for any assignment, largest object first into the cheapest room.
LocalAssignment AssignLocals(const std::vector<LocalObject>& objects,
                             const std::vector<int64_t>& room,
                             const std::vector<RegionSpec>& regions, int max_nodes);

}  // namespace mcunas
