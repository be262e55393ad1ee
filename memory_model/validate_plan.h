// The independent judge of plans: simulates rows and shares no code with the planner.
//
// Laws: groups cover all operators once; every row an operator reads is still intact in memory when
// it is read (written by its producer and not overwritten since); no operator writes over a row
// that a later step still reads; an element-wise add may write exactly over its operand; every
// access lies inside the arena; offsets are multiples of 4 and the arena of 8; scratch is large
// enough.
//
// The simulation. Memory is a set of intact rows; computing an output row first destroys every row
// that shares a byte with it (kernels write in any order), then reads all input rows of its window.
// A layer-wise group computes its operator's rows from top to bottom. A row-stream group is driven
// by its last operator: each of its rows first asks for the input rows it lacks, which asks further
// back; rows that nobody in the group asked for follow at the end, operator by operator. A streamed
// input delivers its rows once, in order, when first asked for; a re-readable one delivers any row
// again.
#pragma once

#include <string>
#include <vector>

#include "memory_model/execution_plan.h"
#include "network/network.h"

namespace mcunas {

enum class PlanLaw {
  kCoverage,
  kOverlap,
  kLifetime,
  kRowDependency,
  kCapacity,
  kAlignment,
  kScratch,
};

struct PlanViolation {
  PlanLaw law;
  int op = -1;          // operator at which it shows
  std::string message;  // names tensors, rows and bytes
};

// All violations found (at most 20), empty for a valid plan. Cost: O(total rows x kernel).
std::vector<PlanViolation> ValidatePlan(const Network& network, const ExecutionPlan& plan);

}  // namespace mcunas
