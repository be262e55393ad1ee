// The networks that a search is told to begin with: `search.start`.
#pragma once

#include <vector>

#include "cli/run/experiment.h"
#include "common/expected.h"
#include "nas/space/architecture.h"

namespace mcunas {

// In the order of the files. The error of a file that cannot be read (kNotFound, kCorrupt) or whose
// network is none of the space's (kUsage) names it.
Expected<std::vector<Architecture>> StartNetworks(const ExperimentConfig& config);

}  // namespace mcunas
