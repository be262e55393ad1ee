#include "engine/passes/channel_relation.h"

#include <algorithm>

#include "engine/codegen/fold_constants.h"

namespace mcunas {
namespace {

bool SameChannelsEverywhere(const Network& network, const Operator& op) {
  return std::all_of(op.inputs.begin(), op.inputs.end(), [&](int tensor) {
    return network.tensor_shape(tensor).channels == op.out.channels;
  });
}

ChannelRelation RelationOf(const QuantizedNetwork& network, int index) {
  const Operator& op = network.network.op(index);
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
    case OpKind::kAveragePool:
    case OpKind::kGlobalAveragePool:
    case OpKind::kMaxPool:
    case OpKind::kResizeNearest:
      return SameChannelsEverywhere(network.network, op) ? ChannelRelation::kTied
                                                         : ChannelRelation::kMixed;
    default:
      return LookupTable(network, index).empty() ? ChannelRelation::kMixed : ChannelRelation::kTied;
  }
}

}  // namespace

bool ReadsByWeight(OpKind kind) {
  return kind == OpKind::kConv || kind == OpKind::kPointwise || kind == OpKind::kDepthwise ||
         kind == OpKind::kFullyConnected;
}

std::vector<ChannelRelation> RelationsOf(const QuantizedNetwork& network) {
  std::vector<ChannelRelation> relations;
  for (size_t i = 0; i < network.network.operators.size(); ++i)
    relations.push_back(RelationOf(network, static_cast<int>(i)));
  return relations;
}

}  // namespace mcunas
