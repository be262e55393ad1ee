#include "memory_model/planner/plan_choice.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "common/config.h"
#include "memory_model/limits.h"
#include "memory_model/memory_model.h"
#include "memory_model/planner/estimate.h"
#include "memory_model/planner/plan_memory.h"
#include "memory_model/scratch.h"
#include "network/operator_counts.h"

namespace mcunas {
namespace {

// Factors are quotients of whole numbers; asking again for what a plan said must find that plan.
constexpr double kFactorSlack = 1e-9;

bool Has(const std::vector<GroupMode>& modes, GroupMode mode) {
  return std::find(modes.begin(), modes.end(), mode) != modes.end();
}

// Recomputation that the MACs limit leaves room for.
double AllowedFactor(const Network& network, double wanted, Macs limit) {
  if (limit.value <= 0 || wanted <= 1) return wanted;
  const double macs = static_cast<double>(std::max<int64_t>(1, NetworkMacs(network).value));
  return std::clamp(static_cast<double>(limit.value) / macs, 1.0, wanted);
}

bool Fits(const Network& network, const PlanOptions& options, Bytes budget) {
  if (budget.value == 0) return true;
  const Bytes arena = budget - Bytes(NetworkScratchBytes(network));
  return arena.value > 0 && FitsArena(network, arena, options);
}

// Fewest MACs within the budget, then the smallest arena of that many MACs.
PlanOptions SmallestOfFewestMacs(const Network& network, PlanOptions options, Bytes budget) {
  PlanOptions exact = options;
  exact.max_macs_factor = 1.0;
  if (options.max_macs_factor <= 1 || Fits(network, exact, budget)) return exact;
  if (!Fits(network, options, budget)) return options;
  options.sram = budget;
  exact.max_macs_factor = PlanMemory(network, options).macs_factor + kFactorSlack;
  return exact;
}

}  // namespace

void Describe(ConfigVisitor& v, PlanConfig& c) {
  v.Enum("input", c.input, kInputModes,
         {"the image lies in SRAM, or its rows come once, or may be asked for again", ""});
  v.Real("max_macs_factor", c.max_macs_factor, {1, kAnyMacsFactor},
         {"recomputation allowed where the SRAM limit needs it: MACs with / MACs without", ""});
  v.Enums("modes", c.modes, kGroupModes,
          {"kinds of groups that plans may use; layerwise is always allowed", ""});
  v.Integer(
      "smallest_segment", c.smallest_segment, {1, kMaxSide},
      {"columns that operators compute at a time, at least: fewer save some SRAM and cost time",
       "columns"});
  v.Enum(
      "prefer", c.prefer, kPlanPreferences,
      {"of plans with equal MACs: the smallest, or the one with the least overhead that fits", ""});
}

PlanOptions OptionsOf(const PlanConfig& config) {
  PlanOptions options;
  options.input_mode = config.input;
  options.max_macs_factor = config.max_macs_factor;
  options.modes = PlanModes::LayerwiseOnly();
  options.modes.row_stream = Has(config.modes, GroupMode::kRowStream);
  options.modes.strips = Has(config.modes, GroupMode::kStrips);
  options.modes.patches = Has(config.modes, GroupMode::kPatches);
  options.modes.channel_tiles = Has(config.modes, GroupMode::kChannelTiles);
  options.modes.smallest_segment = static_cast<int>(config.smallest_segment);
  return options;
}

Bytes ArenaBudget(const Network& network, Bytes sram_limit) {
  if (sram_limit.value <= 0) return Bytes(0);
  Bytes beside = kStaticDataEstimate + kStackEstimate;
  for (int tensor : OutputTensors(network))
    beside += Bytes(network.tensor_shape(tensor).elements());
  return std::max(Bytes(1), sram_limit - beside);
}

PlanOptions ChoosePlanOptions(const Network& network, const PlanConfig& config,
                              const MemoryLimits& limits) {
  PlanOptions options = OptionsOf(config);
  options.max_macs_factor = AllowedFactor(network, options.max_macs_factor, limits.macs);
  const Bytes budget = ArenaBudget(network, limits.sram);
  if (config.prefer == PlanPreference::kSram) return SmallestOfFewestMacs(network, options, budget);
  // Without a limit every plan fits.
  options.sram = budget.value > 0 ? budget : Bytes(std::numeric_limits<int64_t>::max() / 2);
  return options;
}

PlanCosts CostsOf(const Network& network, const PlanOptions& chosen) {
  if (chosen.max_macs_factor <= 1 && chosen.sram.value == 0) {
    return {SmallestArena(network, chosen), Bytes(NetworkScratchBytes(network)), 1.0};
  }
  const ExecutionPlan plan = PlanMemory(network, chosen);
  return {plan.arena, plan.scratch, plan.macs_factor};
}

ExecutionPlan ChoosePlan(const Network& network, const PlanConfig& config,
                         const MemoryLimits& limits) {
  return PlanMemory(network, ChoosePlanOptions(network, config, limits));
}

bool FitsSram(const Network& network, const PlanConfig& config, const MemoryLimits& limits) {
  const Bytes budget = ArenaBudget(network, limits.sram);
  // What fits layer by layer fits.
  if (budget.value == 0 || EstimatePeak(network) <= budget) return true;
  PlanOptions options = OptionsOf(config);
  options.max_macs_factor = AllowedFactor(network, options.max_macs_factor, limits.macs);
  return Fits(network, options, budget);
}

Macs PlanMacs(Macs network_macs, double macs_factor) {
  return Macs(std::llround(static_cast<double>(network_macs.value) * macs_factor));
}

}  // namespace mcunas
