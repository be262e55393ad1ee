// What the supernet's training is told of an experiment's limits.
#pragma once

#include "cli/run/experiment.h"
#include "nas/space/task_shape.h"
#include "supernet/network_limits.h"

namespace mcunas {

// By the memory model and the plans of the search. `largest` is looked for (seconds, see starters.h)
// only where the training asks for it. Nothing where no limit makes a difference to it.
NetworkLimits TrainingLimits(const ExperimentConfig& config, const TaskShape& task,
                             const MemoryLimits& limits);

}  // namespace mcunas
