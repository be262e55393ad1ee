#include "network/print.h"

#include "network/operator_counts.h"

namespace mcunas {
namespace {

std::string TensorText(int tensor) {
  return tensor == kNetworkInput ? "input" : std::string("%") + std::to_string(tensor);
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
  if (NamesOutputs(network)) {
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

}  // namespace mcunas
