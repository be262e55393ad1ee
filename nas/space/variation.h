// Sampling, mutation and crossover of genotypes. What they draw depends on `random` alone.
#pragma once

#include "nas/space/architecture.h"

namespace mcunas {

class RandomStream;  // common/random.h
struct SpaceConfig;  // nas/space/space_config.h

Architecture Sample(const SpaceConfig& space, RandomStream* random);
// Each gene changes with `probability`; at least one does (unless the space has one point).
Architecture Mutate(const SpaceConfig& space, const Architecture& parent, double probability,
                    RandomStream* random);
// Uniform, gene by gene.
Architecture Crossover(const SpaceConfig& space, const Architecture& first,
                       const Architecture& second, RandomStream* random);

}  // namespace mcunas
