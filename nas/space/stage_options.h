// StageOptions: what one stage of a space may be, as lists of whole blocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "nas/space/block_choice.h"

namespace mcunas {

struct SpaceConfig;  // nas/space/space_config.h

// No list names a value twice; each keeps the order of the configuration. In products the kind
// changes slowest, then kernel, expansion, width, squeeze-and-excitation, activation, bits.
struct StageOptions {
  std::vector<int64_t> depth;      // ascending where `choices` hold identity, else as listed
  std::vector<int64_t> channels;   // at width 1.0
  std::vector<BlockChoice> first;  // the first block
  std::vector<BlockChoice> rest;   // every block behind it

  const std::vector<BlockChoice>& at(size_t block) const { return block == 0 ? first : rest; }
  int64_t least_depth() const;
  int64_t most_depth() const;
  // Whether the stage's channels are a gene.
  bool channels_open() const { return channels.size() > 1; }
};

// One per stage. Pre-condition: the configuration is legal (Describe). Cost: the number of options.
std::vector<StageOptions> OptionsOf(const SpaceConfig& space);

}  // namespace mcunas
