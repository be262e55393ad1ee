#include "nas/space/block_geometry.h"

#include <algorithm>

#include "common/check.h"
#include "nas/space/architecture.h"
#include "nas/space/space_config.h"

namespace mcunas {

int ScaledChannels(int64_t channels, double width, int64_t multiple) {
  const double wanted = static_cast<double>(channels) * width;
  const auto whole = static_cast<int64_t>(wanted + static_cast<double>(multiple) / 2);
  int64_t rounded = std::max(multiple, whole / multiple * multiple);
  if (static_cast<double>(rounded) < 0.9 * wanted) rounded += multiple;
  return static_cast<int>(rounded);
}

int SqueezedChannels(int hidden_channels, double ratio, int64_t multiple) {
  return ratio > 0 ? ScaledChannels(hidden_channels, ratio, multiple) : 0;
}

std::vector<BlockGeometry> Blocks(const SpaceConfig& space, const Architecture& architecture) {
  MCUNAS_CHECK(architecture.stages.size() == space.stages.size(), "stages differ from the space");
  std::vector<BlockGeometry> blocks;
  const double width = architecture.width;
  int channels = ScaledChannels(space.stem_channels, width, space.channel_multiple);
  for (size_t s = 0; s < space.stages.size(); ++s) {
    const StageConfig& stage = space.stages[s];
    const int64_t stage_channels = StageChannels(space, architecture, s);
    for (size_t i = 0; i < architecture.stages[s].size(); ++i) {
      const BlockChoice& choice = architecture.stages[s][i];
      BlockGeometry block;
      block.choice = choice;
      block.stage = static_cast<int>(s);
      block.index = static_cast<int>(i);
      block.in_channels = channels;
      block.hidden_channels = channels * choice.expansion;  // a multiple because `channels` is
      block.squeezed_channels =
          SqueezedChannels(block.hidden_channels, choice.se, space.channel_multiple);
      block.out_channels =
          ScaledChannels(stage_channels, width * choice.width, space.channel_multiple);
      block.stride = i == 0 ? static_cast<int>(stage.stride) : 1;
      block.residual = block.stride == 1 && channels == block.out_channels;
      blocks.push_back(block);
      channels = block.out_channels;
    }
  }
  return blocks;
}

int64_t StageChannels(const SpaceConfig& space, const Architecture& architecture, size_t stage) {
  const bool stored = !architecture.channels.empty() && architecture.channels[stage] > 0;
  return stored ? architecture.channels[stage] : space.stages[stage].channels.front();
}

}  // namespace mcunas
