#include "network/network_builder.h"

#include <algorithm>

#include "common/check.h"

namespace mcunas {
namespace {

// Output of a window along one axis; 0 (which VerifyNetwork refuses) where the window does not fit.
int WindowOutput(int padded, int kernel, int stride, int dilation) {
  const int positions = padded - (kernel - 1) * dilation - 1;
  return positions < 0 || stride < 1 ? 0 : positions / stride + 1;
}

void DeriveWindowOutput(Operator* op) {
  op->out.height = WindowOutput(op->in.height + op->padding.top + op->padding.bottom,
                                op->kernel.height, op->stride.height, op->dilation.height);
  op->out.width = WindowOutput(op->in.width + op->padding.left + op->padding.right,
                               op->kernel.width, op->stride.width, op->dilation.width);
}

Operator Window(OpKind kind, int from, Extent kernel, Extent stride, Activation activation) {
  Operator op;
  op.kind = kind;
  op.inputs = {from};
  op.kernel = kernel;
  op.stride = stride;
  op.padding = CentredPadding(kernel);
  op.activation = activation;
  return op;
}

Operator Elementwise(OpKind kind, const std::vector<int>& from, Activation activation) {
  Operator op;
  op.kind = kind;
  op.inputs = from;
  op.activation = activation;
  return op;
}

}  // namespace

NetworkBuilder::NetworkBuilder(std::string name, Shape input) {
  network_.name = std::move(name);
  network_.input = input;
}

// What its kind determines of the output.
void NetworkBuilder::DeriveOutput(Operator* op) const {
  if (HasWindow(op->kind)) DeriveWindowOutput(op);
  switch (FamilyOf(op->kind)) {
    case OpFamily::kWeighted:
      return;
    case OpFamily::kPool:
      if (!HasWindow(op->kind)) op->out = {1, 1, 0};
      op->out.channels = op->in.channels;
      return;
    case OpFamily::kPairwise:
    case OpFamily::kConstants:
    case OpFamily::kFunction:
    case OpFamily::kSoftmax:
      op->out = op->in;
      return;
    case OpFamily::kGeometry:
      if (op->kind == OpKind::kPad) {
        op->out = {op->in.height + op->padding.top + op->padding.bottom,
                   op->in.width + op->padding.left + op->padding.right, op->in.channels};
      } else if (op->kind == OpKind::kConcatenation) {
        op->out = {op->in.height, op->in.width, 0};
        for (int tensor : op->inputs) op->out.channels += shape(tensor).channels;
      }
      return;
  }
  MCUNAS_CHECK(false, "an operator of no family");
}

int NetworkBuilder::Append(Operator op) {
  MCUNAS_CHECK(!op.inputs.empty(), "an operator needs an operand");
  for (int tensor : op.inputs)
    MCUNAS_CHECK(tensor >= kNetworkInput && tensor <= last(), "operand is not an earlier tensor");
  op.in = shape(op.inputs[0]);
  DeriveOutput(&op);
  network_.operators.push_back(std::move(op));
  return last();
}

int NetworkBuilder::Conv(int from, int out_channels, Extent kernel, Extent stride,
                         Activation activation) {
  Operator op = Window(OpKind::kConv, from, kernel, stride, activation);
  op.out.channels = out_channels;
  return Append(std::move(op));
}

int NetworkBuilder::Pointwise(int from, int out_channels, Activation activation) {
  Operator op = Window(OpKind::kPointwise, from, {}, {}, activation);
  op.out.channels = out_channels;
  return Append(std::move(op));
}

int NetworkBuilder::Depthwise(int from, Extent kernel, Extent stride, Activation activation,
                              int multiplier) {
  Operator op = Window(OpKind::kDepthwise, from, kernel, stride, activation);
  op.out.channels = shape(from).channels * multiplier;
  return Append(std::move(op));
}

int NetworkBuilder::Add(int first, int second, Activation activation) {
  return Pairwise(OpKind::kAdd, first, second, activation);
}

int NetworkBuilder::AveragePool(int from, Extent kernel, Extent stride) {
  return Append(Window(OpKind::kAveragePool, from, kernel, stride, Activation::kNone));
}

int NetworkBuilder::GlobalAveragePool(int from) {
  return Append(Elementwise(OpKind::kGlobalAveragePool, {from}, Activation::kNone));
}

int NetworkBuilder::FullyConnected(int from, int outputs, Activation activation) {
  Operator op = Elementwise(OpKind::kFullyConnected, {from}, activation);
  op.out.channels = outputs;
  return Append(std::move(op));
}

int NetworkBuilder::MaxPool(int from, Extent kernel, Extent stride) {
  return Append(Window(OpKind::kMaxPool, from, kernel, stride, Activation::kNone));
}

int NetworkBuilder::Multiply(int first, int second, Activation activation) {
  return Pairwise(OpKind::kMultiply, first, second, activation);
}

int NetworkBuilder::Pairwise(OpKind kind, int first, int second, Activation activation) {
  Operator op = Elementwise(kind, {first, second}, activation);
  op.broadcast = shape(first) != shape(second);
  return Append(std::move(op));
}

int NetworkBuilder::AddConstant(int from, int64_t constants, Activation activation) {
  return WithConstants(OpKind::kAddConstant, from, constants, activation);
}

int NetworkBuilder::MultiplyConstant(int from, int64_t constants, Activation activation) {
  return WithConstants(OpKind::kMultiplyConstant, from, constants, activation);
}

int NetworkBuilder::WithConstants(OpKind kind, int from, int64_t constants, Activation activation) {
  Operator op = Elementwise(kind, {from}, activation);
  op.constants = constants;
  return Append(std::move(op));
}

int NetworkBuilder::ResizeNearest(int from, Extent factor) {
  Operator op = Elementwise(OpKind::kResizeNearest, {from}, Activation::kNone);
  const Shape in = shape(from);
  op.out = {in.height * factor.height, in.width * factor.width, in.channels};
  return Append(std::move(op));
}

int NetworkBuilder::Concatenation(const std::vector<int>& from) {
  return Append(Elementwise(OpKind::kConcatenation, from, Activation::kNone));
}

int NetworkBuilder::Softmax(int from) {
  return Append(Elementwise(OpKind::kSoftmax, {from}, Activation::kNone));
}

int NetworkBuilder::Logistic(int from) {
  return Append(Elementwise(OpKind::kLogistic, {from}, Activation::kNone));
}

int NetworkBuilder::Tanh(int from) {
  return Append(Elementwise(OpKind::kTanh, {from}, Activation::kNone));
}

int NetworkBuilder::HardSwish(int from) {
  return Append(Elementwise(OpKind::kHardSwish, {from}, Activation::kNone));
}

int NetworkBuilder::LeakyRelu(int from) {
  return Append(Elementwise(OpKind::kLeakyRelu, {from}, Activation::kNone));
}

int NetworkBuilder::Requantize(int from, Activation activation) {
  return Append(Elementwise(OpKind::kRequantize, {from}, activation));
}

int NetworkBuilder::Reshape(int from, const Shape& shape) {
  Operator op = Elementwise(OpKind::kReshape, {from}, Activation::kNone);
  op.out = shape;
  return Append(std::move(op));
}

int NetworkBuilder::Slice(int from, const Corner& corner, const Shape& shape, Extent stride) {
  Operator op = Elementwise(OpKind::kSlice, {from}, Activation::kNone);
  op.corner = corner;
  op.stride = stride;
  op.out = shape;
  return Append(std::move(op));
}

int NetworkBuilder::Pad(int from, const Padding& padding) {
  Operator op = Elementwise(OpKind::kPad, {from}, Activation::kNone);
  op.padding = padding;
  return Append(std::move(op));
}

int NetworkBuilder::ResizeBilinear(int from, Extent size, Sampling sampling) {
  Operator op = Elementwise(OpKind::kResizeBilinear, {from}, Activation::kNone);
  op.sampling = sampling;
  op.out = {size.height, size.width, shape(from).channels};
  return Append(std::move(op));
}

int NetworkBuilder::TransposeConv(int from, int out_channels, Extent kernel, Extent stride,
                                  Activation activation) {
  Operator op = Elementwise(OpKind::kTransposeConv, {from}, activation);
  op.kernel = kernel;
  op.stride = stride;
  op.padding = {std::max(0, kernel.height - stride.height) / 2,
                std::max(0, kernel.width - stride.width) / 2, 0, 0};
  const Shape in = shape(from);
  op.out = {in.height * stride.height, in.width * stride.width, out_channels};
  return Append(std::move(op));
}

}  // namespace mcunas
