// Regions of what lives in one group only: the inner problem of region_assignment.h.
#pragma once

#include <cstdint>
#include <vector>

namespace mcunas {

struct RegionSpec {
  int64_t capacity = 0;
  int64_t cost = 1;  // per byte
};

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
