#include "cli/run/training_limits.h"

#include <memory>

#include "common/config_dump.h"
#include "nas/evaluate/board_memory.h"
#include "nas/search/starters.h"

namespace mcunas {

NetworkLimits TrainingLimits(const ExperimentConfig& config, const TaskShape& task,
                             const MemoryLimits& limits) {
  NetworkLimits result;
  if (!DependsOnLimits(config.supernet)) return result;
  const auto memory =
      std::make_shared<BoardMemoryEvaluator>(config.space, task, limits, config.plan);
  result.fits = [memory](const Architecture& architecture) {
    CandidateRecord record;
    record.architecture = architecture;
    memory->Evaluate(&record);
    return record.usable();
  };
  if (config.supernet.sandwich_top == SandwichTop::kLimits)
    result.largest = LargestWithin(config.space, *memory);
  PlanConfig plan = config.plan;
  result.identity = DumpConfig([&](ConfigVisitor& v) { Describe(v, plan); }) +
                    std::to_string(limits.sram.value) + "," + std::to_string(limits.flash.value) +
                    "," + std::to_string(limits.macs.value);
  return result;
}

}  // namespace mcunas
