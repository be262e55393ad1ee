// PrintNetwork and NetworkHash: two stable texts. The hash has its own encoding, so that changing
// what people read never changes an identity.
#include <cstdio>
#include <string>

#include "network/network.h"

namespace mcunas {
namespace {

std::string TensorText(int tensor) {
  return tensor == kNetworkInput ? "input" : std::string("%") + std::to_string(tensor);
}

// Codes of the canonical encoding; frozen, whatever happens to the enums.
int HashCode(OpKind kind) {
  switch (kind) {
    case OpKind::kConv:
      return 1;
    case OpKind::kPointwise:
      return 2;
    case OpKind::kDepthwise:
      return 3;
    case OpKind::kAdd:
      return 4;
    case OpKind::kAveragePool:
      return 5;
    case OpKind::kGlobalAveragePool:
      return 6;
    case OpKind::kFullyConnected:
      return 7;
    case OpKind::kMaxPool:
      return 8;
    case OpKind::kMultiply:
      return 9;
    case OpKind::kAddConstant:
      return 10;
    case OpKind::kMultiplyConstant:
      return 11;
    case OpKind::kResizeNearest:
      return 12;
    case OpKind::kConcatenation:
      return 13;
    case OpKind::kSoftmax:
      return 14;
    case OpKind::kLogistic:
      return 15;
    case OpKind::kTanh:
      return 32;
    case OpKind::kHardSwish:
      return 33;
    case OpKind::kLeakyRelu:
      return 34;
    case OpKind::kRequantize:
      return 35;
    case OpKind::kSubtract:
      return 36;
    case OpKind::kSubtractConstant:
      return 37;
    case OpKind::kMaximum:
      return 38;
    case OpKind::kMaximumConstant:
      return 39;
    case OpKind::kMinimum:
      return 40;
    case OpKind::kMinimumConstant:
      return 41;
    case OpKind::kReshape:
      return 16;
    case OpKind::kSlice:
      return 42;
    case OpKind::kPad:
      return 43;
    case OpKind::kResizeBilinear:
      return 44;
    case OpKind::kTransposeConv:
      return 45;
  }
  return 0;
}

int HashCode(Activation activation) {
  switch (activation) {
    case Activation::kNone:
      return 0;
    case Activation::kRelu:
      return 1;
    case Activation::kRelu6:
      return 2;
    case Activation::kReluN1To1:
      return 3;
  }
  return -1;
}

void AppendNumber(int64_t value, std::string* text) {
  text->append(std::to_string(value));
  text->push_back(',');
}

void AppendShape(const Shape& s, std::string* text) {
  AppendNumber(s.height, text);
  AppendNumber(s.width, text);
  AppendNumber(s.channels, text);
}

void AppendCorner(const Corner& c, std::string* text) {
  AppendNumber(c.row, text);
  AppendNumber(c.column, text);
  AppendNumber(c.channel, text);
}

void AppendExtent(Extent e, std::string* text) {
  AppendNumber(e.height, text);
  AppendNumber(e.width, text);
}

// Three numbers where they say everything, as in the first version of this encoding; otherwise -1,
// which is no kernel, and all of them.
void AppendWindow(const Operator& op, std::string* text) {
  if (op.kernel.square() && op.stride.square() && op.padding.even() && op.dilation == 1) {
    AppendNumber(op.kernel.height, text);
    AppendNumber(op.stride.height, text);
    AppendNumber(op.padding.top, text);
    return;
  }
  AppendNumber(-1, text);
  AppendExtent(op.kernel, text);
  AppendExtent(op.stride, text);
  AppendExtent(op.dilation, text);
  for (int side : {op.padding.top, op.padding.left, op.padding.bottom, op.padding.right})
    AppendNumber(side, text);
}

std::string ExtentText(Extent e) {
  if (e.square()) return std::to_string(e.height);
  return std::to_string(e.height) + "x" + std::to_string(e.width);
}

std::string PaddingText(const Padding& p) {
  if (p.even()) return std::to_string(p.top);
  return std::to_string(p.top) + "," + std::to_string(p.left) + "," + std::to_string(p.bottom) +
         "," + std::to_string(p.right);
}

std::string WindowText(const Operator& op) {
  std::string text =
      " k" + ExtentText(op.kernel) + " s" + ExtentText(op.stride) + " p" + PaddingText(op.padding);
  if (op.dilation != 1) text += " d" + ExtentText(op.dilation);
  return text;
}

std::string SliceText(const Operator& op) {
  const Corner& c = op.corner;
  std::string text = " from " + std::to_string(c.row) + "," + std::to_string(c.column) + "," +
                     std::to_string(c.channel);
  if (op.stride != 1) text += " s" + ExtentText(op.stride);
  return text;
}

std::string PrintOperator(const Operator& op, size_t index) {
  std::string line = std::string("%") + std::to_string(index) + " = " + OpName(op.kind) + "(";
  for (size_t i = 0; i < op.inputs.size(); ++i) line += (i ? ", " : "") + TensorText(op.inputs[i]);
  line += ") " + ShapeText(op.in) + " -> " + ShapeText(op.out);
  if (HasWindow(op.kind) || op.kind == OpKind::kTransposeConv) line += WindowText(op);
  if (op.kind == OpKind::kPad) line += " p" + PaddingText(op.padding);
  if (op.kind == OpKind::kSlice) line += SliceText(op);
  if (op.sampling != Sampling::kPlain) line += std::string(" ") + SamplingName(op.sampling);
  if (op.reversed) line += " reversed";
  if (op.activation != Activation::kNone) line += std::string(" ") + ActivationName(op.activation);
  line += " macs=" + std::to_string(OperatorMacs(op).value) +
          " weights=" + std::to_string(OperatorWeights(op));
  if (op.weight_bits != 8) line += " bits=" + std::to_string(op.weight_bits);
  return line + "\n";
}

// Whether the outputs are others than the last operator's alone.
bool HasNamedOutputs(const Network& network) {
  const int last = network.operator_count() - 1;
  return OutputTensors(network) != std::vector<int>{last};
}

}  // namespace

std::string PrintNetwork(const Network& network) {
  std::string text = "network " + network.name + "\ninput " + ShapeText(network.input);
  for (int tensor : network.inputs)
    text += " " + TensorText(tensor) + " " + ShapeText(network.tensor_shape(tensor));
  text += "\n";
  int64_t weights = 0;
  for (size_t i = 0; i < network.operators.size(); ++i) {
    text += PrintOperator(network.operators[i], i);
    weights += OperatorWeights(network.operators[i]);
  }
  if (HasNamedOutputs(network)) {
    text += "outputs";
    for (int tensor : network.outputs)
      text += " " + TensorText(tensor) + " " + ShapeText(network.tensor_shape(tensor));
  } else {
    text += "output " + ShapeText(network.output());
  }
  text += " macs=" + std::to_string(NetworkMacs(network).value) +
          " weights=" + std::to_string(weights) + "\n";
  return text;
}

Hash128 NetworkHash(const Network& network) {
  std::string text = "mcunas-network-1;";
  AppendShape(network.input, &text);
  for (const Operator& op : network.operators) {
    text.push_back(';');
    AppendNumber(HashCode(op.kind), &text);
    AppendNumber(static_cast<int64_t>(op.inputs.size()), &text);
    for (int tensor : op.inputs) AppendNumber(tensor, &text);
    AppendShape(op.in, &text);
    AppendShape(op.out, &text);
    AppendWindow(op, &text);
    AppendNumber(HashCode(op.activation), &text);
    if (op.constants != 0) AppendNumber(op.constants, &text);
    if (op.reversed) AppendNumber(-1, &text);
    if (op.kind == OpKind::kSlice) AppendCorner(op.corner, &text);
    if (op.sampling != Sampling::kPlain) AppendNumber(static_cast<int>(op.sampling), &text);
    // Negative, as no number of constants is.
    if (op.weight_bits != 8) AppendNumber(-op.weight_bits, &text);
  }
  if (!network.inputs.empty()) {
    text += ";inputs,";
    for (int tensor : network.inputs) AppendNumber(tensor, &text);
  }
  if (HasNamedOutputs(network)) {
    text += ";outputs,";
    for (int tensor : network.outputs) AppendNumber(tensor, &text);
  }
  return HashBytes(text);
}

}  // namespace mcunas
