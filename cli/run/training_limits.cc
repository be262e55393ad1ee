#include "cli/run/training_limits.h"

#include <memory>

#include "common/config_dump.h"
#include "nas/evaluate/board_memory.h"
#include "nas/evaluate/cycle_estimate.h"
#include "nas/evaluate/latency_limit.h"
#include "nas/predictor/board_latency.h"
#include "nas/search/starters.h"

namespace mcunas {
namespace {

// What a search that has measured nothing says. Remembers nothing: a training asks for so many
// networks that only their verdicts are worth keeping, and those it keeps itself.
struct FirstVerdicts {
  FirstVerdicts(const ExperimentConfig& config, const TaskShape& task, const BoardProfile& target)
      : limits(LimitsOf(config, target)),
        memory(config.space, task, limits, config.plan),
        latency(target),
        gate(config.space, task, limits.latency_ms, memory, &latency) {}

  bool Fits(const Architecture& architecture) const {
    CandidateRecord record;
    record.architecture = architecture;
    gate.Evaluate(&record);
    return record.usable();
  }

  TargetLimits limits;
  BoardMemoryEvaluator memory;
  BoardLatencyModel latency;
  LatencyGate gate;  // borrows the two before it
};

// Latency in the unit that does not depend on the board: instructions. Empty without a limit, so
// that older checkpoints are found.
std::string LatencyIdentity(double limit_ms, const BoardProfile& target) {
  return limit_ms > 0 ? "," + std::to_string(limit_ms / EstimateMs(1, target)) : "";
}

}  // namespace

NetworkLimits TrainingLimits(const ExperimentConfig& config, const TaskShape& task,
                             const BoardProfile& target, const MemoryEvaluator& memory) {
  NetworkLimits result;
  if (!DependsOnLimits(config.supernet)) return result;
  const auto verdicts = std::make_shared<const FirstVerdicts>(config, task, target);
  const TargetLimits& limits = verdicts->limits;
  result.fits = [verdicts](const Architecture& a) { return verdicts->Fits(a); };
  if (config.supernet.sandwich_top == SandwichTop::kLimits) {
    const LatencyGate gate(config.space, task, limits.latency_ms, memory, &verdicts->latency);
    result.largest = LargestWithin(config.space, gate);
  }
  PlanConfig plan = config.plan;
  result.identity = DumpConfig([&](ConfigVisitor& v) { Describe(v, plan); }) +
                    std::to_string(limits.sram.value) + "," + std::to_string(limits.flash.value) +
                    "," + std::to_string(limits.macs.value) +
                    LatencyIdentity(limits.latency_ms, target);
  return result;
}

}  // namespace mcunas
