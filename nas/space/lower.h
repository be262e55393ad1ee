// From a genotype to the network it stands for.
#pragma once

#include "nas/space/task_shape.h"

namespace mcunas {

struct Architecture;  // nas/space/architecture.h
struct Network;       // network/network.h
struct SpaceConfig;   // nas/space/space_config.h

// Every architecture of the space lowers to a valid network. The supernet trains the largest.
// Operators: stem conv 3x3 (ReLU6); per block [pointwise expansion (ReLU6) unless expansion is 1],
// depthwise (ReLU6), pointwise projection, [add where stride is 1 and channels stay]; [pointwise
// head (ReLU6)]; global average pool; fully connected. Sizes of the blocks: block_geometry.h.
// Thread rule: pure. Pre-condition: Contains(space, architecture).
Network Lower(const SpaceConfig& space, const TaskShape& task, const Architecture& architecture);

}  // namespace mcunas
