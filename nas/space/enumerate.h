// The space as a set: membership, extremes, size, all points. Pure functions, from any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "nas/space/architecture.h"

namespace mcunas {

struct SpaceConfig;  // nas/space/space_config.h

bool Contains(const SpaceConfig& space, const Architecture& architecture);
Architecture Largest(const SpaceConfig& space);
Architecture Smallest(const SpaceConfig& space);

// Number of distinct architectures; exact up to 2^53, a rounded double beyond.
double SpaceSize(const SpaceConfig& space);
// All of them in a fixed order while SpaceSize <= limit; kInfeasible above.
Expected<std::vector<Architecture>> Enumerate(const SpaceConfig& space, int64_t limit);

}  // namespace mcunas
