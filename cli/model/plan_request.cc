#include "cli/model/plan_request.h"

#include <CLI/CLI.hpp>
#include <utility>

#include "cli/model/named_option.h"
#include "memory_model/planner/plan_memory.h"
#include "memory_model/regions/board_plan.h"
#include "memory_model/regions/regions.h"

namespace mcunas {

void AddPlanOptions(CLI::App* verb, PlanRequest* request) {
  AddNamedOption(verb, "--input", &request->config.input, kInputModes,
                 "the image lies in SRAM (resident), its rows come once (streamed), or may be "
                 "asked for again (rereadable)");
  verb->add_option("--max-macs-factor", request->max_macs_factor,
                   "recomputation allowed to save SRAM: MACs with / MACs without; without it 1, or "
                   "what a limit takes")
      ->check(CLI::Range(1.0, kAnyMacsFactor));
  verb->add_option(
          "--sram", request->sram,
          "limit in bytes for arena, scratch, data, stack and output (also 48kB): the plan with "
          "the fewest MACs within it")
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::PositiveNumber);
  AddNamedOption(verb, "--modes", &request->config.modes, kGroupModes,
                 "kinds of groups to use beside layerwise, e.g. row_stream,patches");
  verb->add_option("--smallest-segment", request->config.smallest_segment,
                   "columns that operators compute at a time, at least; 1 = single pixels: the "
                   "smallest arena, but slower")
      ->check(CLI::Range(1, kMaxSide))
      ->capture_default_str();
}

PlanConfig ConfigOf(const PlanRequest& request, Bytes sram_limit) {
  PlanConfig config = request.config;
  const double any = sram_limit.value > 0 ? kAnyMacsFactor : 1.0;
  config.max_macs_factor = request.max_macs_factor.value_or(any);
  return config;
}

ExecutionPlan PlanFor(const Network& network, const PlanRequest& request, Bytes sram_limit,
                      const BoardProfile* board) {
  const PlanConfig config = ConfigOf(request, sram_limit);
  const PlanOptions options = OptionsOf(config);
  // A factor that people name is a wish for its own sake; a search asks for one where a limit needs
  // it.
  const bool smallest = request.max_macs_factor && sram_limit.value == 0;
  ExecutionPlan plan =
      smallest ? PlanMemory(network, options) : ChoosePlan(network, config, {sram_limit, {}, {}});
  if (!board) return plan;
  return SpreadOverRegions(network, std::move(plan), *board, options);
}

}  // namespace mcunas
