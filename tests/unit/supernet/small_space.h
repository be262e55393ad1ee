// A space of two stages of a few channels, of which tests vary what they are about.
#pragma once

#include "nas/space/space_config.h"

namespace mcunas {

inline SpaceConfig SmallSpace() {
  SpaceConfig space;
  space.width = {0.5, 1.0};
  space.resolution = {8};
  space.kernel = {3, 5};
  space.expand = {1, 2, 4};
  space.depth = {1, 2};
  space.stem_channels = 8;
  space.stages = {{8, 1}, {16, 2}};
  return space;
}

}  // namespace mcunas
