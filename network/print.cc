// PrintNetwork and NetworkHash: two stable texts. The hash has its own encoding, so that changing
// what people read never changes an identity.
#include <cstdio>
#include <string>

#include "network/network.h"

namespace mcunas {
namespace {

std::string ShapeText(const Shape& s) {
  return std::to_string(s.height) + "x" + std::to_string(s.width) + "x" +
         std::to_string(s.channels);
}

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

std::string PrintOperator(const Operator& op, size_t index) {
  std::string line = std::string("%") + std::to_string(index) + " = " + OpName(op.kind) + "(";
  for (size_t i = 0; i < op.inputs.size(); ++i) line += (i ? ", " : "") + TensorText(op.inputs[i]);
  line += ") " + ShapeText(op.in) + " -> " + ShapeText(op.out);
  if (HasWindow(op.kind))
    line += " k" + std::to_string(op.kernel) + " s" + std::to_string(op.stride) + " p" +
            std::to_string(op.padding);
  if (op.activation != Activation::kNone) line += std::string(" ") + ActivationName(op.activation);
  line += " macs=" + std::to_string(OperatorMacs(op).value) +
          " weights=" + std::to_string(OperatorWeights(op));
  return line + "\n";
}

}  // namespace

std::string PrintNetwork(const Network& network) {
  std::string text = "network " + network.name + "\ninput " + ShapeText(network.input) + "\n";
  int64_t weights = 0;
  for (size_t i = 0; i < network.operators.size(); ++i) {
    text += PrintOperator(network.operators[i], i);
    weights += OperatorWeights(network.operators[i]);
  }
  text += "output " + ShapeText(network.output()) +
          " macs=" + std::to_string(NetworkMacs(network).value) +
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
    AppendNumber(op.kernel, &text);
    AppendNumber(op.stride, &text);
    AppendNumber(op.padding, &text);
    AppendNumber(HashCode(op.activation), &text);
  }
  return HashBytes(text);
}

}  // namespace mcunas
