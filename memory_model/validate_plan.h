// The independent judge of plans: simulates rows and shares no code with the planner.
//
// Laws: groups cover all operators once; every row an operator reads is still intact in memory when it
// is read (written by its producer and not overwritten since); no operator writes over a row that a
// later step still reads; an element-wise add may write exactly over its operand; every access lies
// inside the arena; placements are 4-byte aligned where the kernels need it; scratch is large enough.
#pragma once

#include <string>
#include <vector>

#include "memory_model/execution_plan.h"
#include "network/network.h"

namespace mcunas {

enum class PlanLaw {
  kCoverage, kOverlap, kLifetime, kRowDependency, kCapacity, kAlignment, kScratch,
};

struct PlanViolation {
  PlanLaw law;
  int op = -1;          // operator at which it shows
  std::string message;  // names tensors, rows and bytes
};

// All violations found (at most 20), empty for a valid plan. Cost: O(total rows x kernel).
std::vector<PlanViolation> ValidatePlan(const Network& network, const ExecutionPlan& plan);

}  // namespace mcunas
