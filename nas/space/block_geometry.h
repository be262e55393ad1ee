// BlockGeometry: one block of an architecture with all its numbers worked out.
//
// What LowerTagged builds and what LargestLayers makes room for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "nas/space/block_choice.h"

namespace mcunas {

struct Architecture;  // nas/space/architecture.h
struct SpaceConfig;   // nas/space/space_config.h

struct BlockGeometry {
  BlockChoice choice;
  int stage = 0;
  int index = 0;  // within the stage
  int in_channels = 0;
  // Of the depthwise or fused convolution; in_channels where there is no expansion.
  int hidden_channels = 0;
  int squeezed_channels = 0;  // 0: no squeeze-and-excitation
  int out_channels = 0;
  int stride = 1;
  bool residual = false;  // input added to the output: stride 1 and equal channels

  // False: an mbconv starts with its depthwise convolution.
  bool expands() const { return hidden_channels > in_channels; }
};

// round(channels * width) to a multiple, never below 90 % of it, at least one multiple (MobileNet
// rule).
int ScaledChannels(int64_t channels, double width, int64_t multiple);

// ScaledChannels of the hidden ones; 0 for ratio 0.
int SqueezedChannels(int hidden_channels, double ratio, int64_t multiple);

// Output channels of a stage at width 1.0.
int64_t StageChannels(const SpaceConfig& space, const Architecture& architecture, size_t stage);

// All blocks in execution order. Pre-condition: Contains(space, architecture).
std::vector<BlockGeometry> Blocks(const SpaceConfig& space, const Architecture& architecture);

}  // namespace mcunas
