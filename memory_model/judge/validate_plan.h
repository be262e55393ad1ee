// The independent judge of plans: executes them pixel by pixel, shares no code with the planner.
//
// Static laws first (coverage, legal groups, input, sums, moves, placement, alignment, scratch).
// Where they hold the plan is executed as execution_plan.h says, on ids instead of values: every
// pixel that is read must have been written and still be intact; moves carry pixels; sums must be
// intact whenever they are added to. A kernel reads all pixels of a segment while it writes the
// segment in any order, so a segment may not touch its own input; only element-wise operators may
// write a pixel exactly over the one they read. Sums of a channel-tiled group are replaced by the
// output exactly where they begin; the output of a global pool stands apart from its sums or
// exactly where they begin.
//
// Two limits of memory: no region over kMaxJudgedBytes, no network over kMaxJudgedPixels.
#pragma once

#include <string>
#include <vector>

#include "memory_model/execution_plan.h"
#include "network/network.h"

namespace mcunas {

enum class PlanLaw {
  kCoverage,    // groups cover the operators in order, without gaps; every tensor is placed
  kMode,        // strips, bands, segment and channel tile fit the mode and the operators
  kInput,       // a ring of the input is read by one group only, in one tile if it comes once
  kState,       // sums exactly where operators need them, and of the right size
  kMove,        // moves are sorted and carry tensors that exist
  kCapacity,    // placements lie in their regions, with the right rows, pixels and ring
  kAlignment,   // offsets are multiples of 4, regions of 8
  kScratch,     // scratch is enough for every kernel
  kDependency,  // every pixel read has been written
  kOverlap,     // an operator destroys its own input
  kLifetime,    // somebody else has destroyed a pixel that is read
  kMacs,        // executed MACs <= macs_factor * layer-by-layer MACs <= counted MACs
};

const char* PlanLawName(PlanLaw law);  // "coverage", "mode", ...

struct PlanViolation {
  PlanLaw law;
  int op = -1;          // operator at which it shows
  std::string message;  // names tensors, pixels and bytes
};

constexpr int64_t kMaxJudgedBytes = int64_t{1} << 28;
constexpr int64_t kMaxJudgedPixels = int64_t{1} << 28;
constexpr size_t kMaxViolations = 20;  // that are recorded

struct PlanJudgement {
  std::vector<PlanViolation> violations;  // empty for a valid plan
  // Highest byte written in each region, plus one. With the alignment of 8 it is the smallest
  // region that these placements could do with.
  std::vector<Bytes> touched;
  // Really executed. `counted` has in addition the rows and columns that nobody reads: every
  // operator covers what its readers need in every band and strip, the last band to the bottom of
  // the map, and never less than its map. So executed <= claimed <= counted, and 1 is the smallest
  // factor of all plans.
  Macs executed;
  Macs counted;

  bool full() const { return violations.size() >= kMaxViolations; }
  bool Breaks(PlanLaw law) const;
  void Add(PlanLaw law, int op, std::string message);
};

// Cost: O(pixels written x bytes per unit + pixels read); tens of milliseconds for a network of the
// size of microcontrollers. Pre-condition: VerifyNetwork holds. Never fails on any plan.
PlanJudgement JudgePlan(const Network& network, const ExecutionPlan& plan);

// The violations alone.
std::vector<PlanViolation> ValidatePlan(const Network& network, const ExecutionPlan& plan);

}  // namespace mcunas
