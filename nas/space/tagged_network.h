// Lower with the layer that every operator belongs to.
#pragma once

#include <vector>

#include "nas/space/layer_tag.h"
#include "nas/space/task_shape.h"
#include "network/network.h"

namespace mcunas {

struct Architecture;   // nas/space/architecture.h
struct BlockGeometry;  // nas/space/block_geometry.h
struct SpaceConfig;    // nas/space/space_config.h

struct TaggedNetwork {
  Network network;             // Lower(space, task, architecture)
  std::vector<LayerTag> tags;  // one per operator; no two with weights are equal
};

// Thread rule and pre-condition of Lower (lower.h).
TaggedNetwork LowerTagged(const SpaceConfig& space, const TaskShape& task,
                          const Architecture& architecture);

// One block alone, on a map of one pixel.
TaggedNetwork LowerBlock(const BlockGeometry& block);

}  // namespace mcunas
