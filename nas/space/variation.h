// Sampling, mutation and crossover of genotypes. What they draw depends on `random` alone.
#pragma once

#include "nas/space/architecture.h"

namespace mcunas {

class RandomStream;  // common/random.h
struct SpaceConfig;  // nas/space/space_config.h

// Every value of a choice is equally likely among what the choices before it have left: resolution,
// width, then per stage depth, of each block kind, kernel, expansion and the rest, then channels.
// Drawn again until the space's constraints hold; after ten thousand draws Smallest(space).
Architecture Sample(const SpaceConfig& space, RandomStream* random);
// Each gene changes with `probability`; at least one does (unless the space has one point). Of a
// block whose options are coupled, the fields that must change with a gene do. Drawn again where
// the child breaks a constraint of the space; after a hundred times the parent.
Architecture Mutate(const SpaceConfig& space, const Architecture& parent, double probability,
                    RandomStream* random);
// Uniform, gene by gene; a block that would be no option is that of one parent. Constraints as in
// Mutate, the first parent in the end.
Architecture Crossover(const SpaceConfig& space, const Architecture& first,
                       const Architecture& second, RandomStream* random);

}  // namespace mcunas
