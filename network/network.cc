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

std::vector<int64_t> ConstantCounts(OpKind kind, const Shape& in) {
  if (!HasConstants(kind)) return {};
  if (!TraitsOf(kind).has(OperatorTraits::kPerElement)) return {1, in.channels};
  return {1, in.channels, in.elements()};
}

}  // namespace mcunas
