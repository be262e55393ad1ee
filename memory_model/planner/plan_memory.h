// The planner: the smallest arena, the fewest MACs below a size, and what lies between. Thread
// rule: pure functions.
#pragma once

#include <vector>

#include "common/units.h"
#include "memory_model/execution_plan.h"
#include "network/network.h"

namespace mcunas {

// Which kinds of groups the planner may use. Layer-wise groups are always allowed.
struct PlanModes {
  bool row_stream = true;
  bool strips = true;    // only where max_macs_factor > 1 or an SRAM limit asks for it
  bool patches = false;  // MCUNetV2's p x p tiles; dominated by strips, for comparison
  bool channel_tiles = true;
  // Columns. Of segments of 8 all published networks take at most 1.04 times the instructions of
  // layer-wise execution; smaller ones save a few per cent of the arena and cost more. A large
  // number keeps to whole rows. Strips, which cost anyway, may use smaller ones.
  int smallest_segment = 8;

  static PlanModes LayerwiseOnly() { return {false, false, false, false, 8}; }
};

struct PlanOptions {
  InputMode input_mode = InputMode::kResident;
  double max_macs_factor = 1.0;
  // 0: the smallest arena within max_macs_factor. Otherwise the plan with the fewest MACs, then the
  // least overhead, whose arena + scratch fits; where none does, the smallest arena of all:
  // compare.
  Bytes sram;
  PlanModes modes;
};

// A plan that no other of the family beats in both numbers.
struct ParetoPoint {
  Bytes arena;
  double macs_factor = 1.0;
};

// The best plan of the family described in execution_plan.h, by exact dynamic programming over
// groups (i, j, mode), laid out byte by byte. Pre-condition: VerifyNetwork holds; the operators are
// executed in the order in which they stand (see operator_order.h). The arena equals
// plan.live_bound. In debug builds the plan is checked by ValidatePlan.
ExecutionPlan PlanMemory(const Network& network, const PlanOptions& options = {});

// All non-dominated (arena, MACs) pairs within max_macs_factor (0 = any), smallest factor first.
std::vector<ParetoPoint> PlanPareto(const Network& network, const PlanOptions& options = {});

// PlanMemory's arena without laying anything out: for the inside of a search.
Bytes SmallestArena(const Network& network, const PlanOptions& options = {});

// Whether some plan takes at most `arena` bytes: the cheapest question, answered first from
// layer-wise groups, then from whole rows, then from segments.
bool FitsArena(const Network& network, Bytes arena, const PlanOptions& options = {});

}  // namespace mcunas
