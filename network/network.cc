#include "network/network.h"

namespace mcunas {
namespace {

bool IsUnary(OpKind kind) {
  return kind == OpKind::kLogistic || kind == OpKind::kTanh || kind == OpKind::kHardSwish ||
         kind == OpKind::kLeakyRelu || kind == OpKind::kRequantize;
}

}  // namespace

const char* OpName(OpKind kind) {
  switch (kind) {
    case OpKind::kConv:
      return "conv";
    case OpKind::kPointwise:
      return "pointwise";
    case OpKind::kDepthwise:
      return "depthwise";
    case OpKind::kAdd:
      return "add";
    case OpKind::kAveragePool:
      return "average_pool";
    case OpKind::kGlobalAveragePool:
      return "global_average_pool";
    case OpKind::kFullyConnected:
      return "fully_connected";
    case OpKind::kMaxPool:
      return "max_pool";
    case OpKind::kMultiply:
      return "multiply";
    case OpKind::kAddConstant:
      return "add_constant";
    case OpKind::kMultiplyConstant:
      return "multiply_constant";
    case OpKind::kResizeNearest:
      return "resize_nearest";
    case OpKind::kConcatenation:
      return "concatenation";
    case OpKind::kSoftmax:
      return "softmax";
    case OpKind::kLogistic:
      return "logistic";
    case OpKind::kTanh:
      return "tanh";
    case OpKind::kHardSwish:
      return "hard_swish";
    case OpKind::kLeakyRelu:
      return "leaky_relu";
    case OpKind::kRequantize:
      return "requantize";
    case OpKind::kSubtract:
      return "subtract";
    case OpKind::kSubtractConstant:
      return "subtract_constant";
    case OpKind::kMaximum:
      return "maximum";
    case OpKind::kMaximumConstant:
      return "maximum_constant";
    case OpKind::kMinimum:
      return "minimum";
    case OpKind::kMinimumConstant:
      return "minimum_constant";
    case OpKind::kReshape:
      return "reshape";
    case OpKind::kSlice:
      return "slice";
    case OpKind::kPad:
      return "pad";
    case OpKind::kResizeBilinear:
      return "resize_bilinear";
    case OpKind::kTransposeConv:
      return "transpose_conv";
  }
  return "unknown";
}

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

bool HasWindow(OpKind kind) {
  return kind == OpKind::kConv || kind == OpKind::kPointwise || kind == OpKind::kDepthwise ||
         kind == OpKind::kAveragePool || kind == OpKind::kMaxPool;
}

bool IsElementwise(OpKind kind) { return IsPairwise(kind) || HasConstants(kind) || IsUnary(kind); }

bool IsPairwise(OpKind kind) {
  return kind == OpKind::kAdd || kind == OpKind::kSubtract || kind == OpKind::kMultiply ||
         kind == OpKind::kMaximum || kind == OpKind::kMinimum;
}

bool HasConstants(OpKind kind) {
  return kind == OpKind::kAddConstant || kind == OpKind::kSubtractConstant ||
         kind == OpKind::kMultiplyConstant || kind == OpKind::kMaximumConstant ||
         kind == OpKind::kMinimumConstant;
}

bool IsFunctionOfByte(const Operator& op) { return IsUnary(op.kind) || op.constants == 1; }

bool HasWeights(OpKind kind) {
  return kind == OpKind::kConv || kind == OpKind::kPointwise || kind == OpKind::kDepthwise ||
         kind == OpKind::kFullyConnected || kind == OpKind::kTransposeConv;
}

bool TakesFourBits(OpKind kind) { return HasWeights(kind) && kind != OpKind::kTransposeConv; }

int OperandCount(OpKind kind) {
  if (kind == OpKind::kConcatenation) return 0;
  return IsPairwise(kind) ? 2 : 1;
}

std::vector<int> OutputTensors(const Network& network) {
  if (!network.outputs.empty()) return network.outputs;
  return {network.operator_count() - 1};
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
  const int64_t window = int64_t{op.kernel.height} * op.kernel.width;
  switch (op.kind) {
    case OpKind::kConv:
    case OpKind::kPointwise:
    case OpKind::kTransposeConv:
      return window * op.in.channels * op.out.channels;
    case OpKind::kDepthwise:
      return window * op.out.channels;
    case OpKind::kFullyConnected:
      return op.in.elements() * op.out.channels;
    default:
      return HasConstants(op.kind) ? op.constants : 0;
  }
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

std::string ShapeText(const Shape& shape) {
  return std::to_string(shape.height) + "x" + std::to_string(shape.width) + "x" +
         std::to_string(shape.channels);
}

}  // namespace mcunas
