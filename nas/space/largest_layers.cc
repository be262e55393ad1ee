#include "nas/space/largest_layers.h"

#include <algorithm>
#include <ranges>

#include "nas/space/block_geometry.h"
#include "nas/space/space_config.h"
#include "nas/space/stage_options.h"
#include "nas/space/tagged_network.h"

namespace mcunas {
namespace {

template <typename Size>
auto MostOf(const std::vector<BlockChoice>& options, Size size) {
  auto most = size(options.front());
  for (const BlockChoice& option : options) most = std::max(most, size(option));
  return most;
}

class LayerCollector {
 public:
  LayerCollector(const SpaceConfig& space, const TaskShape& task) : space_(space), task_(task) {
    width_ = *std::max_element(space.width.begin(), space.width.end());
  }

  std::vector<LargestLayer> Collect() {
    int channels = Scaled(space_.stem_channels, 1);
    Add({-1, -1, BlockKind::kMbconv, LayerRole::kStem}, OpKind::kConv, 3, task_.image_channels,
        channels);
    const std::vector<StageOptions> stages = OptionsOf(space_);
    for (size_t s = 0; s < stages.size(); ++s) {
      channels = Stage(static_cast<int>(s), stages[s], channels);
    }
    if (space_.head_channels > 0) {
      const int head = Scaled(space_.head_channels, 1);
      Add({-1, -1, BlockKind::kMbconv, LayerRole::kHead}, OpKind::kPointwise, 1, channels, head);
      channels = head;
    }
    Add({-1, -1, BlockKind::kMbconv, LayerRole::kClassifier}, OpKind::kFullyConnected, 1, channels,
        task_.classes);
    return std::move(layers_);
  }

 private:
  int Scaled(int64_t channels, double block_width) const {
    return ScaledChannels(channels, width_ * block_width, space_.channel_multiple);
  }

  void Add(const LayerTag& tag, OpKind kind, int kernel, int in, int out) {
    layers_.push_back({tag, kind, kernel, in, out});
  }

  // Adds the stage's layers; returns the most channels that whoever follows may see.
  int Stage(int stage, const StageOptions& options, int in) {
    const int64_t widest = *std::max_element(options.channels.begin(), options.channels.end());
    int after = options.least_depth() == 0 ? in : 0;
    for (int64_t block = 0; block < options.most_depth(); ++block) {
      const auto& choices = options.at(static_cast<size_t>(block));
      const double width = MostOf(choices, [](const BlockChoice& b) { return b.width; });
      BlockGeometry place;
      place.stage = stage;
      place.index = static_cast<int>(block);
      place.in_channels = in;
      for (const auto& kind : std::views::reverse(kBlockKinds)) {
        Kind(place, kind.value, choices, widest);
      }
      in = Scaled(widest, width);
      const auto& depths = options.depth;
      const bool last = std::find(depths.begin(), depths.end(), block + 1) != depths.end();
      if (last) after = std::max(after, in);
    }
    return after;
  }

  // The layers of a block whose numbers are each the most that any choice of its kind has.
  void Kind(BlockGeometry block, BlockKind kind, const std::vector<BlockChoice>& choices,
            int64_t channels) {
    std::vector<BlockChoice> same;
    std::copy_if(choices.begin(), choices.end(), std::back_inserter(same),
                 [&](const BlockChoice& b) { return b.kind == kind; });
    if (same.empty()) return;
    const int in = block.in_channels;
    block.choice.kind = kind;
    block.choice.kernel = MostOf(same, [](const BlockChoice& b) { return b.kernel; });
    block.hidden_channels = in * MostOf(same, [](const BlockChoice& b) { return b.expansion; });
    block.squeezed_channels = SqueezedMost(same, in);
    block.out_channels =
        Scaled(channels, MostOf(same, [](const BlockChoice& b) { return b.width; }));
    const TaggedNetwork alone = LowerBlock(block);
    for (size_t i = 0; i < alone.tags.size(); ++i) {
      if (alone.tags[i].role == LayerRole::kNone) continue;
      const Operator& op = alone.network.operators[i];
      Add(alone.tags[i], op.kind, op.kernel.height, op.in.channels, op.out.channels);
    }
  }

  int SqueezedMost(const std::vector<BlockChoice>& choices, int in) const {
    return MostOf(choices, [&](const BlockChoice& b) {
      return SqueezedChannels(in * b.expansion, b.se, space_.channel_multiple);
    });
  }

  const SpaceConfig& space_;
  const TaskShape& task_;
  double width_ = 1;
  std::vector<LargestLayer> layers_;
};

}  // namespace

std::vector<LargestLayer> LargestLayers(const SpaceConfig& space, const TaskShape& task) {
  return LayerCollector(space, task).Collect();
}

}  // namespace mcunas
