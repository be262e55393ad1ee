// LargestLayers: what the weights of all architectures of a space fit into.
#pragma once

#include <vector>

#include "nas/space/layer_tag.h"
#include "nas/space/task_shape.h"
#include "network/operator_kinds.h"

namespace mcunas {

struct SpaceConfig;  // nas/space/space_config.h

struct LargestLayer {
  LayerTag tag;
  OpKind kind = OpKind::kConv;
  int kernel = 1;
  // Each on its own the largest of any architecture; together they may belong to none.
  int in_channels = 0;
  int out_channels = 0;

  bool operator==(const LargestLayer&) const = default;
};

// Every tag with weights that any architecture of the space has: stem, blocks by stage, place and
// kind, head, classifier. Of a block its layers in the order of LowerTagged. Where all blocks are
// mbconv and none may be left out, these are the layers of Largest(space) (enumerate.h).
// Constraints of the space are not looked at. Pure.
std::vector<LargestLayer> LargestLayers(const SpaceConfig& space, const TaskShape& task);

}  // namespace mcunas
