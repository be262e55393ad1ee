// How people ask for a plan on the command line: what `plan`, `compile`, `profile` and `measure`
// share, so that all of them speak of the same plan.
#pragma once

#include <cstdint>
#include <optional>

#include "common/units.h"
#include "memory_model/board_profile.h"
#include "memory_model/execution_plan.h"
#include "memory_model/planner/plan_choice.h"
#include "network/network.h"

namespace CLI {
class App;
}

namespace mcunas {

struct PlanRequest {
  PlanConfig config;                      // but for max_macs_factor
  std::optional<double> max_macs_factor;  // as typed; else 1, or what a limit takes
  int64_t sram = 0;                       // bytes; 0: no limit
};

// --input, --max-macs-factor, --sram, --modes and --smallest-segment.
void AddPlanOptions(CLI::App* verb, PlanRequest* request);

// What the planner may do within `sram_limit` (0: none).
PlanConfig ConfigOf(const PlanRequest& request, Bytes sram_limit);

// With a limit the plan with the fewest MACs that keeps it, or the smallest where none does;
// without one the smallest within the factor that was asked for. Spread over the regions of `board`
// (may be null) where its first one does not hold the plan.
ExecutionPlan PlanFor(const Network& network, const PlanRequest& request, Bytes sram_limit,
                      const BoardProfile* board);

}  // namespace mcunas
