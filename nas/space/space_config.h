// SpaceConfig: which architectures exist.
//
// Runs of blocks ("stages") of one output width each. MobileNetV2's inverted bottlenecks (Sandler
// et al. 2018) with the choices of MCUNet's TinyNAS where nothing else is said; other blocks,
// squeeze-and-excitation, activations, bits and per-block widths where they are listed. Published
// spaces: configs/spaces/. A value: whoever holds one reads it from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/named.h"
#include "common/resolution.h"
#include "nas/space/block_choice.h"

namespace mcunas {

class ConfigVisitor;  // common/config.h

// Choices of a stage and its blocks. Empty: not given; a stage's then come from the section, the
// section's have the value that each names. OptionsOf (stage_options.h) puts them together.
struct BlockLists {
  std::vector<int64_t> kernel;
  std::vector<int64_t> expand;
  std::vector<int64_t> depth;        // 0: the stage is left out, its stride with it
  std::vector<BlockKind> block;      // mbconv
  std::vector<double> block_width;   // 1
  std::vector<double> se;            // 0: none
  std::vector<BlockActivation> act;  // relu6
  std::vector<int64_t> bits;         // 8
  // Whole blocks in words (block_word.h) instead of all these lists but depth.
  std::vector<std::string> choices;
  std::vector<std::string> first;  // of the stage's first block; empty: as the others

  bool lists_blocks() const;  // any of the lists that `choices` replace
};

struct StageConfig : BlockLists {
  std::vector<int64_t> channels = {16};  // choices: output channels at width 1.0
  int64_t stride = 1;                    // of the stage's first block

  StageConfig() = default;
  StageConfig(int64_t one_width, int64_t first_stride)
      : channels({one_width}), stride(first_stride) {}
};

// What every architecture of the space must keep.
enum class SpaceConstraint {
  kNonDecreasingChannels,  // no stage has fewer channels than one before it
};
inline constexpr Named<SpaceConstraint> kSpaceConstraints[] = {
    {SpaceConstraint::kNonDecreasingChannels, "non_decreasing_channels"}};

// The `space:` section.
struct SpaceConfig : BlockLists {
  std::string family = "mobilenet";
  std::vector<double> width = {0.5, 0.75, 1.0};
  std::vector<Resolution> resolution = {32};
  int64_t stem_channels = 16;  // at width 1.0
  int64_t stem_stride = 1;
  int64_t head_channels = 0;  // pointwise before the pool at width 1.0; 0 = none
  int64_t channel_multiple = 4;
  std::vector<StageConfig> stages = {{16, 1}, {24, 2}, {40, 2}, {80, 2}};
  std::vector<SpaceConstraint> constraints;

  SpaceConfig() {
    kernel = {3, 5, 7};
    expand = {3, 4, 6};
    depth = {1, 2, 3};
  }
};
void Describe(ConfigVisitor& visitor, SpaceConfig& config);

}  // namespace mcunas
