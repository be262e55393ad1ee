// BlockGeometry: one inverted bottleneck of an architecture with all its numbers worked out.
//
// What Lower builds and what the supernet slices must agree; both read it from here.
#pragma once

#include <cstdint>
#include <vector>

namespace mcunas {

struct Architecture;  // nas/space/architecture.h
struct SpaceConfig;   // nas/space/space_config.h

struct BlockGeometry {
  int stage = 0;
  int index = 0;  // within the stage
  int in_channels = 0;
  int hidden_channels = 0;  // of the depthwise convolution; in_channels where there is no expansion
  int out_channels = 0;
  int kernel = 3;
  int stride = 1;
  bool expands = true;    // false: expansion 1, the block starts with its depthwise convolution
  bool residual = false;  // input added to the output: stride 1 and equal channels
};

// round(channels * width) to a multiple, never below 90 % of it, at least one multiple (MobileNet
// rule).
int ScaledChannels(int64_t channels, double width, int64_t multiple);

// All blocks in execution order. Pre-condition: Contains(space, architecture).
std::vector<BlockGeometry> Blocks(const SpaceConfig& space, const Architecture& architecture);

}  // namespace mcunas
