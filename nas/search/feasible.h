// CheckFeasible: is there any network within the limits? Asked before hours of training.
#pragma once

#include "nas/evaluate/ports.h"
#include "nas/evaluate/target_limits.h"

namespace mcunas {

struct SpaceConfig;  // nas/space/space_config.h

// Looks at the smallest network, then at the whole space where it is small, else at samples and at
// their neighbours with smaller genes. kInfeasible names every limit that stands in the way, what
// the network that comes closest needs, and the smallest relaxation of the config that lets it in.
// `memory` judges with the same `limits`. Cost: at most 3000 memory evaluations.
Expected<void> CheckFeasible(const SpaceConfig& space, const MemoryEvaluator& memory,
                             const TargetLimits& limits);

}  // namespace mcunas
