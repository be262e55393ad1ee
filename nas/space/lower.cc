#include "nas/space/lower.h"

#include "nas/space/architecture.h"
#include "nas/space/block_geometry.h"
#include "nas/space/space_config.h"
#include "nas/space/task_shape.h"
#include "network/network_builder.h"

namespace mcunas {
namespace {

int AppendBlock(NetworkBuilder* builder, int from, const BlockGeometry& block) {
  int tensor = from;
  if (block.expands) tensor = builder->Pointwise(tensor, block.hidden_channels, Activation::kRelu6);
  tensor =
      builder->Depthwise(tensor, Extent(block.kernel), Extent(block.stride), Activation::kRelu6);
  tensor = builder->Pointwise(tensor, block.out_channels, Activation::kNone);
  return block.residual ? builder->Add(tensor, from) : tensor;
}

}  // namespace

Network Lower(const SpaceConfig& space, const TaskShape& task, const Architecture& architecture) {
  const int side = architecture.resolution;
  const auto channels = [&](int64_t at_full_width) {
    return ScaledChannels(at_full_width, architecture.width, space.channel_multiple);
  };
  NetworkBuilder builder("subnet", Shape{side, side, task.image_channels});
  int tensor = builder.Conv(kNetworkInput, channels(space.stem_channels), {3, 3},
                            Extent(static_cast<int>(space.stem_stride)), Activation::kRelu6);
  for (const BlockGeometry& block : Blocks(space, architecture)) {
    tensor = AppendBlock(&builder, tensor, block);
  }
  if (space.head_channels > 0) {
    tensor = builder.Pointwise(tensor, channels(space.head_channels), Activation::kRelu6);
  }
  tensor = builder.GlobalAveragePool(tensor);
  builder.FullyConnected(tensor, task.classes);
  return std::move(builder).Finish();
}

}  // namespace mcunas
