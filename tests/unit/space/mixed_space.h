// A space with every kind of choice, small enough to draw from until all is seen.
#pragma once

#include "nas/space/space_config.h"

namespace mcunas {

inline SpaceConfig MixedSpace() {
  SpaceConfig space;
  space.width = {0.5, 1.0};
  space.resolution = {16, Resolution(12, 20)};
  space.kernel = {3, 5};
  space.expand = {1, 3};
  space.depth = {1, 2};
  space.stem_channels = 8;
  StageConfig mixed(16, 2);
  mixed.channels = {16, 24};
  mixed.block = {BlockKind::kMbconv, BlockKind::kFused, BlockKind::kPlain};
  mixed.block_width = {0.5, 1.0};
  mixed.se = {0, 0.25};
  mixed.act = {BlockActivation::kRelu6, BlockActivation::kHardSwish};
  StageConfig coupled(24, 2);
  coupled.depth = {3};
  coupled.choices = {"identity", "mb3k3", "mb6k5_se0.25"};
  StageConfig optional(24, 1);
  optional.channels = {24, 32};
  optional.depth = {0, 1};
  optional.bits = {8, 4};
  space.stages = {mixed, coupled, optional};
  return space;
}

// NAS-Bench-Macro (Su et al. 2021): eight layers of identity, MB3 with kernel 3, MB6 with kernel 5.
inline SpaceConfig MacroSpace() {
  SpaceConfig space;
  space.width = {1.0};
  space.choices = {"identity", "mb3k3", "mb6k5"};
  space.stem_channels = 32;
  space.stages = {{64, 2}, {128, 2}, {256, 2}};
  space.stages[0].depth = {2};
  space.stages[1].depth = {3};
  space.stages[2].depth = {3};
  return space;
}

}  // namespace mcunas
