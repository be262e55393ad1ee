// Networks that need no search: what a search must beat, and what its first population holds.
#pragma once

#include <optional>
#include <vector>

#include "nas/evaluate/ports.h"
#include "nas/space/architecture.h"
#include "nas/space/space_config.h"

namespace mcunas {

// The network of the space with the most MACs that keeps the limits; nothing where none was found.
// Best first from the largest down, one choice one step smaller at a time, which is exact for
// inverted bottlenecks while that takes at most `tries` evaluations of memory, and near it where
// nominal sizes of blocks disagree with their MACs; beyond, the best that hill climbing reaches
// from every uniform scaling and from the smallest network. Deterministic. Cost: up to a few
// thousand evaluations of memory, seconds.
std::optional<Architecture> LargestWithin(const SpaceConfig& space, const MemoryEvaluator& memory,
                                          int tries = 2000);

// Every width with every resolution, all other choices at their largest (the scaling of MobileNet,
// Howard et al. 2017), that keep the limits; most MACs first.
std::vector<Architecture> UniformScalings(const SpaceConfig& space, const MemoryEvaluator& memory);

// The first networks of a search: those given, whether they keep the limits or not, then the
// largest within the limits, then the uniform scalings; at most `most` beside those given, none
// twice.
std::vector<Architecture> Starters(const SpaceConfig& space, const MemoryEvaluator& memory,
                                   size_t most, const std::vector<Architecture>& given = {});

}  // namespace mcunas
