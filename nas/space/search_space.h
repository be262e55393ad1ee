// SearchSpace: which architectures exist, and how they become networks.
//
// MobileNetV2-style inverted bottlenecks (Sandler et al. 2018) with the choices of MCUNet's
// TinyNAS: resolution, width multiplier, per-stage depth, per-block kernel and expansion. Thread
// rule: immutable after Load; all functions may be called from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nas/space/architecture.h"

namespace mcunas {

class ConfigVisitor;  // common/config.h
class RandomStream;   // common/random.h
struct Network;       // network/network.h

struct StageConfig {
  int64_t channels = 16;  // output channels at width 1.0
  int64_t stride = 1;     // of the stage's first block
};

// The `space:` section.
struct SpaceConfig {
  std::string family = "mobilenet";
  std::vector<double> width = {0.5, 0.75, 1.0};
  std::vector<int64_t> resolution = {32};
  std::vector<int64_t> kernel = {3, 5, 7};
  std::vector<int64_t> expand = {3, 4, 6};
  std::vector<int64_t> depth = {1, 2, 3};
  int64_t stem_channels = 16;  // at width 1.0
  int64_t stem_stride = 1;
  int64_t head_channels = 0;  // pointwise before the pool at width 1.0; 0 = none
  int64_t channel_multiple = 4;
  std::vector<StageConfig> stages = {{16, 1}, {24, 2}, {40, 2}, {80, 2}};
};
void Describe(ConfigVisitor& visitor, SpaceConfig& config);

// What the task adds to the space.
struct TaskShape {
  int image_channels = 3;
  int classes = 10;
};

// round(channels * width) to a multiple, never below 90 % of it, at least one multiple (MobileNet
// rule).
int ScaledChannels(int64_t channels, double width, int64_t multiple);

// Every architecture of the space lowers to a valid network. The supernet trains the largest.
// Operators: stem conv 3x3 (ReLU6); per block [pointwise expansion (ReLU6) unless expansion is 1],
// depthwise (ReLU6), pointwise projection, [add where stride is 1 and channels stay]; [pointwise
// head (ReLU6)]; global average pool; fully connected. Sizes of the blocks: block_geometry.h.
Network Lower(const SpaceConfig& space, const TaskShape& task, const Architecture& architecture);

bool Contains(const SpaceConfig& space, const Architecture& architecture);
Architecture Largest(const SpaceConfig& space);
Architecture Smallest(const SpaceConfig& space);
Architecture Sample(const SpaceConfig& space, RandomStream* random);
// Each gene changes with `probability`; at least one does (unless the space has one point).
Architecture Mutate(const SpaceConfig& space, const Architecture& parent, double probability,
                    RandomStream* random);
// Uniform, gene by gene.
Architecture Crossover(const SpaceConfig& space, const Architecture& first,
                       const Architecture& second, RandomStream* random);

// Number of distinct architectures; exact up to 2^53, a rounded double beyond.
double SpaceSize(const SpaceConfig& space);
// All of them in a fixed order while SpaceSize <= limit; kInfeasible above.
Expected<std::vector<Architecture>> Enumerate(const SpaceConfig& space, int64_t limit);

}  // namespace mcunas
