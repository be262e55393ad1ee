// The space as a set: membership, extremes, size, all points. Pure functions, from any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "nas/space/architecture.h"

namespace mcunas {

struct SpaceConfig;  // nas/space/space_config.h

// Choices, channels of stages and the space's constraints.
bool Contains(const SpaceConfig& space, const Architecture& architecture);
// The constraints alone. Pre-condition: Contains but for them.
bool KeepsConstraints(const SpaceConfig& space, const Architecture& architecture);
// Largest and smallest resolution, width, depth and channels, and of every block the option with
// the most and fewest NominalMacs, then by its fields. Members of the space: Describe sees to it.
Architecture Largest(const SpaceConfig& space);
Architecture Smallest(const SpaceConfig& space);
// The same of the options of one block, at least one.
BlockChoice LargestBlock(const std::vector<BlockChoice>& options);
BlockChoice SmallestBlock(const std::vector<BlockChoice>& options);

// Number of distinct architectures; exact up to 2^53, a rounded double beyond.
double SpaceSize(const SpaceConfig& space);
// All of them in a fixed order while SpaceSize <= limit; kInfeasible above.
Expected<std::vector<Architecture>> Enumerate(const SpaceConfig& space, int64_t limit);

}  // namespace mcunas
