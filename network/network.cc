#include "network/network.h"

namespace mcunas {
const char* ActivationName(Activation activation) {
  switch (activation) {
    case Activation::kNone:
      return "none";
    case Activation::kRelu:
      return "relu";
    case Activation::kRelu6:
      return "relu6";
    case Activation::kReluN1To1:
      return "relu_n1_to_1";
  }
  return "unknown";
}

const char* SamplingName(Sampling sampling) {
  switch (sampling) {
    case Sampling::kPlain:
      return "plain";
    case Sampling::kCorners:
      return "corners";
    case Sampling::kCentres:
      return "centres";
  }
  return "unknown";
}

Padding CentredPadding(Extent kernel, Extent dilation) {
  const int rows = (kernel.height - 1) * dilation.height / 2;
  const int columns = (kernel.width - 1) * dilation.width / 2;
  return {rows, columns, rows, columns};
}

bool IsFunctionOfByte(const Operator& op) {
  return FamilyOf(op.kind) == OpFamily::kFunction || op.constants == 1;
}

std::vector<int> OutputTensors(const Network& network) {
  if (!network.outputs.empty()) return network.outputs;
  return {network.operator_count() - 1};
}

bool NamesOutputs(const Network& network) {
  return OutputTensors(network) != std::vector<int>{network.operator_count() - 1};
}

std::vector<InputPart> InputParts(const Network& network) {
  if (network.inputs.empty()) return {{kNetworkInput, kNetworkInput, 0, network.input}};
  std::vector<InputPart> parts;
  for (int tensor : network.inputs) {
    const Operator& op = network.op(tensor);
    const int slice = op.kind == OpKind::kSlice ? tensor : op.inputs[0];
    const Corner& corner = network.op(slice).corner;
    parts.push_back({tensor, slice, corner.channel, op.out});
  }
  return parts;
}

int64_t OperatorWeights(const Operator& op) {
  if (HasConstants(op.kind)) return op.constants;
  if (!HasWeights(op.kind)) return 0;
  if (op.kind == OpKind::kFullyConnected) return op.in.elements() * op.out.channels;
  const int64_t window = int64_t{op.kernel.height} * op.kernel.width;
  // Depthwise: each output channel has one input channel.
  return window * op.out.channels * (op.kind == OpKind::kDepthwise ? 1 : op.in.channels);
}

std::vector<int64_t> ConstantCounts(OpKind kind, const Shape& in) {
  if (!HasConstants(kind)) return {};
  if (!TraitsOf(kind).has(OperatorTraits::kPerElement)) return {1, in.channels};
  return {1, in.channels, in.elements()};
}

int64_t OperatorWeightBytes(const Operator& op) {
  return (OperatorWeights(op) * op.weight_bits + 7) / 8;
}

int64_t OperatorBiases(const Operator& op) { return HasWeights(op.kind) ? op.out.channels : 0; }

Macs OperatorMacs(const Operator& op) {
  if (!HasWeights(op.kind)) return Macs(0);
  if (op.kind == OpKind::kFullyConnected) return Macs(OperatorWeights(op));
  if (op.kind == OpKind::kTransposeConv) {
    const int64_t phases = int64_t{op.stride.height} * op.stride.width;
    return Macs((OperatorWeights(op) + phases - 1) / phases * op.out.height * op.out.width);
  }
  return Macs(OperatorWeights(op) * op.out.height * op.out.width);
}

Macs NetworkMacs(const Network& network) {
  Macs total;
  for (const Operator& op : network.operators) total += OperatorMacs(op);
  return total;
}

}  // namespace mcunas
