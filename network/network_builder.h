// Builds a Network operator by operator, with shapes and padding derived.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "network/network.h"

namespace mcunas {

class NetworkBuilder {
 public:
  NetworkBuilder(std::string name, Shape input);

  // Each appends one operator that reads `from` (an earlier tensor or kNetworkInput) and returns
  // the new tensor's id. Padding is CentredPadding(kernel). Illegal arguments are caught by
  // VerifyNetwork, not here.
  int Conv(int from, int out_channels, Extent kernel, Extent stride, Activation activation);
  int Pointwise(int from, int out_channels, Activation activation);
  int Depthwise(int from, Extent kernel, Extent stride, Activation activation, int multiplier = 1);
  int Add(int first, int second, Activation activation = Activation::kNone);
  int AveragePool(int from, Extent kernel, Extent stride);
  int GlobalAveragePool(int from);
  int FullyConnected(int from, int outputs, Activation activation = Activation::kNone);
  int MaxPool(int from, Extent kernel, Extent stride);
  int Multiply(int first, int second, Activation activation = Activation::kNone);
  // Any operator on two tensors; `second` of the shape of `first`, or {1, 1, C}, or {1, 1, 1}.
  int Pairwise(OpKind kind, int first, int second, Activation activation = Activation::kNone);
  int AddConstant(int from, int64_t constants, Activation activation = Activation::kNone);
  int MultiplyConstant(int from, int64_t constants, Activation activation = Activation::kNone);
  // Any of these.
  int WithConstants(OpKind kind, int from, int64_t constants,
                    Activation activation = Activation::kNone);
  int ResizeNearest(int from, Extent factor);
  int Concatenation(const std::vector<int>& from);
  int Softmax(int from);
  int Logistic(int from);
  int Tanh(int from);
  int HardSwish(int from);
  int LeakyRelu(int from);
  int Requantize(int from, Activation activation = Activation::kNone);
  int Reshape(int from, const Shape& shape);
  int Slice(int from, const Corner& corner, const Shape& shape, Extent stride = {});
  int Pad(int from, const Padding& padding);
  int ResizeBilinear(int from, Extent size, Sampling sampling = Sampling::kPlain);
  // SAME: stride times its input's height and width, half of the rest cut off in front.
  int TransposeConv(int from, int out_channels, Extent kernel, Extent stride,
                    Activation activation);
  // Any operator whose `inputs` are set. Derives `in` and what of `out` its kind determines: all
  // but the channels of conv, pointwise, depthwise and fully connected and the whole shape of
  // resize, reshape, slice and transposed conv.
  int Append(Operator op);

  void SetInputs(std::vector<int> inputs) { network_.inputs = std::move(inputs); }
  void SetOutputs(std::vector<int> outputs) { network_.outputs = std::move(outputs); }

  int last() const { return network_.operator_count() - 1; }
  Shape shape(int tensor) const { return network_.tensor_shape(tensor); }
  // The finished network; VerifyNetwork holds for every sequence of legal calls.
  Network Finish() && { return std::move(network_); }

 private:
  void DeriveOutput(Operator* op) const;

  Network network_;
};

}  // namespace mcunas
