// Which plan a candidate gets: the schedule is searched together with the genotype.
//
// One rule for search, export and command line, so that the plan whose numbers the search saw is
// the plan that is compiled. Thread rule: pure functions.
#pragma once

#include <vector>

#include "common/named.h"
#include "memory_model/execution_plan.h"
#include "memory_model/limits.h"
#include "memory_model/planner/plan_memory.h"
#include "network/network.h"

namespace mcunas {

class ConfigVisitor;  // common/config.h

constexpr double kAnyMacsFactor = 64;  // as good as no limit

// Among plans of equal MACs.
enum class PlanPreference {
  kSram,   // the smallest
  kSpeed,  // the one with the least overhead that fits
};
inline constexpr Named<PlanPreference> kPlanPreferences[] = {{PlanPreference::kSram, "sram"},
                                                             {PlanPreference::kSpeed, "speed"}};

// The `plan:` section.
struct PlanConfig {
  InputMode input = InputMode::kResident;
  double max_macs_factor = 1.0;  // multiply-accumulates with recomputation / without
  std::vector<GroupMode> modes = {GroupMode::kRowStream, GroupMode::kStrips,
                                  GroupMode::kChannelTiles};  // layerwise always as well
  int64_t smallest_segment = PlanModes().smallest_segment;
  PlanPreference prefer = PlanPreference::kSram;
};
void Describe(ConfigVisitor& visitor, PlanConfig& config);

// What the config allows, before any limit.
PlanOptions OptionsOf(const PlanConfig& config);

// Arena and scratch that a board with this SRAM limit leaves beside stack, static data and output;
// at least 1 for any limit > 0. 0 for no limit.
Bytes ArenaBudget(const Network& network, Bytes sram_limit);

// PlanMemory(network, result) is the plan of the candidate: the one with the fewest MACs that keeps
// the SRAM limit without breaking the MACs limit; among those the smallest (prefer: sram) or the
// one with the least overhead (prefer: speed). Where none keeps the SRAM limit: the smallest of
// all. Cost: SmallestArena where no recomputation is needed, else two or three plans.
PlanOptions ChoosePlanOptions(const Network& network, const PlanConfig& config,
                              const MemoryLimits& limits);

// What the search has to know of the chosen plan.
struct PlanCosts {
  Bytes arena;
  Bytes scratch;
  double macs_factor = 1.0;
};
PlanCosts CostsOf(const Network& network, const PlanOptions& chosen);

// The chosen plan itself.
ExecutionPlan ChoosePlan(const Network& network, const PlanConfig& config,
                         const MemoryLimits& limits);

// Does any allowed plan keep the SRAM limit (and the MACs limit, as far as recomputation goes)?
// The answer of ChoosePlan without its plan.
bool FitsSram(const Network& network, const PlanConfig& config, const MemoryLimits& limits);

// MACs with what the plan computes twice.
Macs PlanMacs(Macs network_macs, double macs_factor);

}  // namespace mcunas
