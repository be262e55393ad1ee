#include "network/network_builder.h"

namespace mcunas {
namespace {

// Output of a window along one axis; 0 (which VerifyNetwork refuses) where the window does not fit.
int WindowOutput(int input, const Operator& op) {
  const int span = input + 2 * op.padding - op.kernel;
  return span < 0 || op.stride < 1 ? 0 : span / op.stride + 1;
}

Operator Window(OpKind kind, int kernel, int stride, Activation activation) {
  Operator op;
  op.kind = kind;
  op.kernel = kernel;
  op.stride = stride;
  op.padding = (kernel - 1) / 2;
  op.activation = activation;
  return op;
}

}  // namespace

NetworkBuilder::NetworkBuilder(std::string name, Shape input) {
  network_.name = std::move(name);
  network_.input = input;
}

int NetworkBuilder::Append(Operator op, int from) {
  MCUNAS_CHECK(from >= kNetworkInput && from <= last(), "operand is not an earlier tensor");
  op.inputs.insert(op.inputs.begin(), from);
  op.in = shape(from);
  if (HasWindow(op.kind)) {
    op.out.height = WindowOutput(op.in.height, op);
    op.out.width = WindowOutput(op.in.width, op);
  }
  if (op.kind == OpKind::kAdd) op.out = op.in;
  const bool chooses_channels = op.kind == OpKind::kConv || op.kind == OpKind::kPointwise ||
                                op.kind == OpKind::kFullyConnected;
  if (!chooses_channels) op.out.channels = op.in.channels;
  network_.operators.push_back(std::move(op));
  return last();
}

int NetworkBuilder::Conv(int from, int out_channels, int kernel, int stride,
                         Activation activation) {
  Operator op = Window(OpKind::kConv, kernel, stride, activation);
  op.out.channels = out_channels;
  return Append(std::move(op), from);
}

int NetworkBuilder::Pointwise(int from, int out_channels, Activation activation) {
  Operator op = Window(OpKind::kPointwise, 1, 1, activation);
  op.out.channels = out_channels;
  return Append(std::move(op), from);
}

int NetworkBuilder::Depthwise(int from, int kernel, int stride, Activation activation) {
  return Append(Window(OpKind::kDepthwise, kernel, stride, activation), from);
}

int NetworkBuilder::Add(int first, int second, Activation activation) {
  MCUNAS_CHECK(second >= kNetworkInput && second <= last(), "operand is not an earlier tensor");
  Operator op;
  op.kind = OpKind::kAdd;
  op.inputs = {second};
  op.activation = activation;
  return Append(std::move(op), first);
}

int NetworkBuilder::AveragePool(int from, int kernel, int stride) {
  return Append(Window(OpKind::kAveragePool, kernel, stride, Activation::kNone), from);
}

int NetworkBuilder::GlobalAveragePool(int from) {
  Operator op;
  op.kind = OpKind::kGlobalAveragePool;
  return Append(std::move(op), from);
}

int NetworkBuilder::FullyConnected(int from, int outputs, Activation activation) {
  Operator op;
  op.kind = OpKind::kFullyConnected;
  op.out.channels = outputs;
  op.activation = activation;
  return Append(std::move(op), from);
}

}  // namespace mcunas
