#include "engine/passes/channel_relation.h"

#include <algorithm>

#include "common/check.h"

namespace mcunas {
namespace {

bool SameChannelsEverywhere(const Network& network, const Operator& op) {
  return std::all_of(op.inputs.begin(), op.inputs.end(), [&](int tensor) {
    return network.tensor_shape(tensor).channels == op.out.channels;
  });
}

ChannelRelation RelationOf(const Network& network, const Operator& op) {
  switch (op.kind) {
    case OpKind::kConv:
    case OpKind::kPointwise:
    case OpKind::kFullyConnected:
      return ChannelRelation::kWeights;
    case OpKind::kDepthwise:
      return op.in.channels == 1 ? ChannelRelation::kWeights : ChannelRelation::kTied;
    case OpKind::kConcatenation:
    case OpKind::kReshape:
      return ChannelRelation::kTied;
    case OpKind::kAdd:
    case OpKind::kMultiply:
    case OpKind::kAddConstant:
    case OpKind::kMultiplyConstant:
    case OpKind::kPRelu:
    case OpKind::kAveragePool:
    case OpKind::kGlobalAveragePool:
    case OpKind::kMaxPool:
    case OpKind::kResizeNearest:
      return SameChannelsEverywhere(network, op) ? ChannelRelation::kTied : ChannelRelation::kMixed;
    case OpKind::kLogistic:
    case OpKind::kTanh:
    case OpKind::kHardSwish:
    case OpKind::kLeakyRelu:
    case OpKind::kRequantize:
      return ChannelRelation::kTied;
    case OpKind::kSubtractConstant:
    case OpKind::kMaximumConstant:
    case OpKind::kMinimumConstant:
      return IsFunctionOfByte(op) ? ChannelRelation::kTied : ChannelRelation::kMixed;
    case OpKind::kSubtract:
    case OpKind::kMaximum:
    case OpKind::kMinimum:
    case OpKind::kSoftmax:
    case OpKind::kSlice:
    case OpKind::kPad:
    case OpKind::kResizeBilinear:
    case OpKind::kTransposeConv:
      return ChannelRelation::kMixed;
  }
  MCUNAS_CHECK(false, "an operator whose channels are not understood");
}

}  // namespace

bool ReadsByWeight(OpKind kind) {
  return kind == OpKind::kConv || kind == OpKind::kPointwise || kind == OpKind::kDepthwise ||
         kind == OpKind::kFullyConnected;
}

PerOperator<ChannelRelation> RelationsOf(const QuantizedNetwork& network) {
  PerOperator<ChannelRelation> relations;
  for (const Operator& op : network.network.operators)
    relations.push_back(RelationOf(network.network, op));
  return relations;
}

}  // namespace mcunas
