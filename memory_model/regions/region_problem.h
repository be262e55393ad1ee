// What has to be assigned to regions, group by group. Behind regions.h; see there for the terms.
#pragma once

#include <cstdint>
#include <vector>

#include "memory_model/execution_plan.h"
#include "memory_model/planner/group_scan.h"
#include "network/network.h"

namespace mcunas {

struct RegionObject {
  int id = 0;           // tensor; of sums: their operator
  int64_t size = 0;     // bytes while the group runs
  int64_t traffic = 0;  // bytes read and written while the group runs
};

struct RegionGroup {
  GroupNeeds needs;
  std::vector<RegionObject> alive;  // whole tensors from before that this or a later group reads
  std::vector<RegionObject> made;   // inner tensors that later groups read, then the output
  std::vector<RegionObject> rings;  // the other inner tensors, then the ring of the input
  std::vector<RegionObject> sums;   // of a global pool; those of channel tiles count as the output
};

struct RegionProblem {
  std::vector<RegionGroup> groups;
  PerTensor<int64_t> sizes;   // of whole tensors
  PerTensor<int> last_uses;   // last reader; number of operators for outputs
  int64_t input_traffic = 0;  // of the caller, who writes the resident input
};

// Pre-condition: the groups of `plan` are legal.
RegionProblem BuildRegionProblem(const Network& network, const ExecutionPlan& plan);

}  // namespace mcunas
