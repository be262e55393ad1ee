#include "nas/space/tagged_network.h"

#include <utility>

#include "common/check.h"
#include "nas/space/architecture.h"
#include "nas/space/block_geometry.h"
#include "nas/space/space_config.h"
#include "network/network_builder.h"

namespace mcunas {
namespace {

// Builds a network and writes down what every operator is.
class TaggedBuilder {
 public:
  explicit TaggedBuilder(const Shape& input) : builder_("subnet", input) {}

  NetworkBuilder& operator()(LayerRole role) {
    Settle();
    role_ = role;
    return builder_;
  }
  void BeginBlock(const BlockGeometry& block) {
    Settle();
    tag_ = {block.stage, block.index, block.choice.kind, LayerRole::kNone};
    bits_ = block.choice.bits;
  }
  void EndBlocks() {
    Settle();
    tag_ = {};
    bits_ = 8;
  }
  TaggedNetwork Finish() {
    Settle();
    TaggedNetwork result = {std::move(builder_).Finish(), std::move(tags_)};
    for (size_t i = 0; i < bits_of_.size(); ++i) {
      Operator& op = result.network.operators[i];
      if (TakesFourBits(op.kind)) op.weight_bits = bits_of_[i];
    }
    return result;
  }

 private:
  // Tags what was appended since the last call.
  void Settle() {
    while (std::ssize(tags_) <= builder_.last()) {
      LayerTag& tag = tags_.emplace_back(tag_);
      tag.role = role_;
      bits_of_.push_back(bits_);
    }
  }

  NetworkBuilder builder_;
  std::vector<LayerTag> tags_;
  std::vector<int> bits_of_;
  LayerTag tag_;
  LayerRole role_ = LayerRole::kNone;
  int bits_ = 8;
};

// What a layer does itself, and what an operator behind it does.
Activation OwnActivation(BlockActivation act) {
  return act == BlockActivation::kRelu6 ? Activation::kRelu6 : Activation::kNone;
}

int Activated(TaggedBuilder& build, int tensor, BlockActivation act) {
  switch (act) {
    case BlockActivation::kRelu6:
      return tensor;
    case BlockActivation::kHardSwish:
      return build(LayerRole::kNone).HardSwish(tensor);
  }
  MCUNAS_CHECK(false, "an activation that nobody lowers");
  return tensor;
}

int SqueezeAndExcite(TaggedBuilder& build, int tensor, const BlockGeometry& block) {
  if (block.squeezed_channels == 0) return tensor;
  int gate = build(LayerRole::kNone).GlobalAveragePool(tensor);
  gate = build(LayerRole::kSqueeze).Pointwise(gate, block.squeezed_channels, Activation::kRelu);
  gate = build(LayerRole::kExcite).Pointwise(gate, block.hidden_channels, Activation::kNone);
  gate = build(LayerRole::kNone).Logistic(gate);
  return build(LayerRole::kNone).Multiply(tensor, gate);
}

// From the hidden channels of the block that reads `from` to its output.
int Project(TaggedBuilder& build, int tensor, int from, const BlockGeometry& block) {
  tensor = SqueezeAndExcite(build, Activated(build, tensor, block.choice.act), block);
  tensor = build(LayerRole::kProject).Pointwise(tensor, block.out_channels, Activation::kNone);
  return block.residual ? build(LayerRole::kNone).Add(tensor, from) : tensor;
}

int Mbconv(TaggedBuilder& build, int from, const BlockGeometry& block) {
  const Activation act = OwnActivation(block.choice.act);
  int tensor = from;
  if (block.expands()) {
    tensor = build(LayerRole::kExpand).Pointwise(tensor, block.hidden_channels, act);
    tensor = Activated(build, tensor, block.choice.act);
  }
  tensor = build(LayerRole::kDepthwise)
               .Depthwise(tensor, Extent(block.choice.kernel), Extent(block.stride), act);
  return Project(build, tensor, from, block);
}

int Fused(TaggedBuilder& build, int from, const BlockGeometry& block) {
  int tensor = build(LayerRole::kConv)
                   .Conv(from, block.hidden_channels, Extent(block.choice.kernel),
                         Extent(block.stride), OwnActivation(block.choice.act));
  return Project(build, tensor, from, block);
}

// The sum is activated, not the branch (He et al. 2016).
int Plain(TaggedBuilder& build, int from, const BlockGeometry& block) {
  const Activation act = OwnActivation(block.choice.act);
  int tensor = build(LayerRole::kConv)
                   .Conv(from, block.out_channels, Extent(block.choice.kernel),
                         Extent(block.stride), block.residual ? Activation::kNone : act);
  if (block.residual) tensor = build(LayerRole::kNone).Add(tensor, from, act);
  return Activated(build, tensor, block.choice.act);
}

int Skip(TaggedBuilder& build, int from, const BlockGeometry& block) {
  if (block.residual) return from;
  return build(LayerRole::kSkip)
      .Conv(from, block.out_channels, Extent(1), Extent(block.stride), Activation::kNone);
}

int AppendBlock(TaggedBuilder& build, int from, const BlockGeometry& block) {
  build.BeginBlock(block);
  switch (block.choice.kind) {
    case BlockKind::kMbconv:
      return Mbconv(build, from, block);
    case BlockKind::kFused:
      return Fused(build, from, block);
    case BlockKind::kPlain:
      return Plain(build, from, block);
    case BlockKind::kSkip:
      return Skip(build, from, block);
  }
  MCUNAS_CHECK(false, "a kind of block that nobody lowers");
  return from;
}

}  // namespace

TaggedNetwork LowerBlock(const BlockGeometry& block) {
  TaggedBuilder build({1, 1, block.in_channels});
  AppendBlock(build, kNetworkInput, block);
  return build.Finish();
}

TaggedNetwork LowerTagged(const SpaceConfig& space, const TaskShape& task,
                          const Architecture& architecture) {
  const Resolution& size = architecture.resolution;
  const auto channels = [&](int64_t at_full_width) {
    return ScaledChannels(at_full_width, architecture.width, space.channel_multiple);
  };
  TaggedBuilder build({size.height, size.width, task.image_channels});
  int tensor = build(LayerRole::kStem)
                   .Conv(kNetworkInput, channels(space.stem_channels), {3, 3},
                         Extent(static_cast<int>(space.stem_stride)), Activation::kRelu6);
  for (const BlockGeometry& block : Blocks(space, architecture)) {
    tensor = AppendBlock(build, tensor, block);
  }
  build.EndBlocks();
  if (space.head_channels > 0) {
    tensor = build(LayerRole::kHead)
                 .Pointwise(tensor, channels(space.head_channels), Activation::kRelu6);
  }
  tensor = build(LayerRole::kNone).GlobalAveragePool(tensor);
  build(LayerRole::kClassifier).FullyConnected(tensor, task.classes);
  return build.Finish();
}

}  // namespace mcunas
