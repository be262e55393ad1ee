// SpaceConfig: which architectures exist.
//
// MobileNetV2-style inverted bottlenecks (Sandler et al. 2018) with the choices of MCUNet's
// TinyNAS: resolution, width multiplier, per-stage depth, per-block kernel and expansion. A value:
// whoever holds one reads it from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mcunas {

class ConfigVisitor;  // common/config.h

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

}  // namespace mcunas
