// Genes: an architecture as levels of ordered lists, for models over architectures and local
// search. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "nas/space/architecture.h"
#include "nas/space/space_config.h"

namespace mcunas {

// One number per choice that the space leaves open, of one length for all its architectures: place
// of the value among the sorted choices, from 0. Resolution, width, then per stage its depth, of
// every block that it may have its kernel, expansion, kind, width, squeeze-and-excitation,
// activation and bits, and the stage's channels; blocks beyond the depth have level 0, and where a
// block or stage may be missing, level 0 means nothing else. Architectures of equal levels are
// equal. Pre-condition: Contains(space, architecture).
std::vector<uint8_t> GeneLevels(const SpaceConfig& space, const Architecture& architecture);

// Number of levels of every gene, at least 2, in the same order.
std::vector<int> GeneLevelCounts(const SpaceConfig& space);

// All architectures that differ in one gene, in a fixed order, none twice. Where options
// of a block are coupled, all that differ least with one value changed. A deeper stage gets equal
// blocks behind those that it has, one neighbour for each option, or for an even choice of 64 of
// them. Neighbours keep the space's constraints.
std::vector<Architecture> Neighbours(const SpaceConfig& space, const Architecture& architecture);

}  // namespace mcunas
