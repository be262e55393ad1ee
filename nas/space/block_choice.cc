#include "nas/space/block_choice.h"

#include "common/check.h"

namespace mcunas {

BlockChoice Canonical(BlockChoice block) {
  const bool plain = block.kind == BlockKind::kPlain, skip = block.kind == BlockKind::kSkip;
  if (plain || skip) {
    block.expansion = 1;
    block.se = 0;
  }
  if (skip) {
    block.kernel = 1;
    block.act = BlockActivation::kRelu6;
  }
  return block;
}

double NominalMacs(const BlockChoice& block) {
  constexpr double kChannels = 64;
  const double out = kChannels * block.width, hidden = kChannels * block.expansion;
  const double taps = static_cast<double>(block.kernel) * block.kernel;
  const double squeeze = 2 * hidden * hidden * block.se / 64;  // of a map of 8 x 8
  switch (block.kind) {
    case BlockKind::kMbconv:
      return (block.expansion > 1 ? kChannels * hidden : 0) + taps * hidden + squeeze +
             hidden * out;
    case BlockKind::kFused:
      return taps * kChannels * hidden + squeeze + hidden * out;
    case BlockKind::kPlain:
    case BlockKind::kSkip:
      return taps * kChannels * out;
  }
  MCUNAS_CHECK(false, "a kind of block without MACs");
  return 0;
}

}  // namespace mcunas
