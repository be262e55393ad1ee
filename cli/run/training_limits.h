// What the supernet's training is told of an experiment's limits.
#pragma once

#include "cli/run/experiment.h"
#include "memory_model/board_profile.h"
#include "nas/evaluate/ports.h"
#include "nas/space/task_shape.h"
#include "supernet/network_limits.h"

namespace mcunas {

// By the memory model, the plans and the first predictions of the search. `largest` is looked for
// (seconds, see starters.h) only where the training asks for it, and through `memory`, the search's
// own evaluator, which may remember what it says. Nothing where no limit makes a difference to it.
NetworkLimits TrainingLimits(const ExperimentConfig& config, const TaskShape& task,
                             const BoardProfile& target, const MemoryEvaluator& memory);

}  // namespace mcunas
