// Spaces small enough to list by hand or by brute force.
#pragma once

#include "nas/space/space_config.h"

namespace mcunas {

// 2 resolutions x 2 widths x (2 + 4)^2 stages = 144 architectures.
inline SpaceConfig TinySpace() {
  SpaceConfig space;
  space.width = {0.5, 1.0};
  space.resolution = {16, 32};
  space.kernel = {3, 5};
  space.expand = {4};
  space.depth = {1, 2};
  space.stem_channels = 8;
  space.stages = {{16, 2}, {24, 2}};
  return space;
}

// Exactly one architecture.
inline SpaceConfig OnePoint() {
  SpaceConfig space = TinySpace();
  space.width = {1.0};
  space.resolution = {16};
  space.kernel = {3};
  space.depth = {1};
  return space;
}

}  // namespace mcunas
