// The channel-tiled inverted bottleneck: expand, depthwise and project over a few middle channels
// at a time, int32 sums of the whole output meanwhile. Pays on small maps with large kernels, where
// rings of all middle channels outweigh four times the output. Source: Pex (Liu et al., 2022), FDT
// (Stahl et al., 2023).
#pragma once

#include <vector>

#include "memory_model/planner/group_scan.h"

namespace mcunas {

// Tile widths worth trying for the operators [first, first + 3), widest first; empty where they are
// no such bottleneck or a middle tensor is read by others.
std::vector<int> ChannelTileChoices(const StreamFacts& facts, int first);

// Pre-condition: `group` is a kChannelTiles group with a tile from ChannelTileChoices.
GroupNeeds DescribeChannelTiles(const StreamFacts& facts, const PlanGroup& group);

}  // namespace mcunas
