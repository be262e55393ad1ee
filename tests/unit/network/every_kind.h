// One small network with every operator kind, rectangular and dilated windows and two outputs.
#pragma once

#include <utility>

#include "network/network_builder.h"

namespace mcunas {

inline Network EveryKind() {
  NetworkBuilder b("every kind", {20, 19, 2});
  Operator stem;
  stem.kind = OpKind::kConv;
  stem.inputs = {kNetworkInput};
  stem.kernel = {10, 4};
  stem.stride = {2, 3};
  stem.padding = {4, 1, 5, 1};
  stem.out.channels = 3;
  stem.activation = Activation::kRelu6;
  const int first = b.Append(std::move(stem));  // 10 x 6 x 3
  const int doubled = b.Depthwise(first, {3, 3}, {1, 1}, Activation::kRelu, 2);
  Operator dilated;
  dilated.kind = OpKind::kConv;
  dilated.inputs = {doubled};
  dilated.kernel = {3, 3};
  dilated.dilation = {2, 2};
  dilated.padding = Padding(2);
  dilated.out.channels = 6;
  const int wide = b.Append(std::move(dilated));
  const int sum = b.Add(wide, doubled, Activation::kRelu);
  const int gate = b.Logistic(b.Pointwise(b.GlobalAveragePool(sum), 6, Activation::kNone));
  const int scaled = b.Multiply(sum, b.MultiplyConstant(b.AddConstant(gate, 1), 6));
  const int square = b.Multiply(scaled, sum);
  const int half = b.MaxPool(b.AveragePool(square, {1, 3}, {1, 1}), {2, 2}, {2, 2});
  const int big = b.ResizeNearest(half, {2, 2});
  const int both = b.Concatenation({big, square, first});
  const int head = b.Softmax(b.Pointwise(both, 4, Activation::kNone));
  const int bent = b.HardSwish(b.LeakyRelu(b.Requantize(half, Activation::kReluN1To1)));
  const int again = b.Requantize(b.Tanh(bent));
  const int less = b.WithConstants(OpKind::kSubtractConstant, again, 6, Activation::kRelu);
  const int least = b.Pairwise(OpKind::kMinimum, b.Pairwise(OpKind::kSubtract, less, gate), half);
  const int most = b.Pairwise(OpKind::kMaximum, least, b.GlobalAveragePool(least));
  const int low = b.WithConstants(OpKind::kMinimumConstant, most, 1);
  const int high = b.WithConstants(OpKind::kMaximumConstant, low, b.shape(low).elements());
  const int grown =
      b.TransposeConv(b.Pad(high, {1, 0, 2, 3}), 4, {3, 4}, {2, 2}, Activation::kRelu);
  const int part = b.Slice(grown, {1, 2, 1}, {6, 5, 2}, {2, 1});
  Operator picked;
  picked.kind = OpKind::kResizeNearest;
  picked.inputs = {b.ResizeBilinear(part, {12, 10}, Sampling::kCentres)};
  picked.out = {7, 4, 2};
  picked.sampling = Sampling::kCorners;
  const int small = b.Append(std::move(picked));
  const int flat = b.Reshape(small, {1, 1, static_cast<int>(b.shape(small).elements())});
  b.WithConstants(OpKind::kPRelu, b.FullyConnected(flat, 5), 5);
  b.SetOutputs({b.last(), head});
  return std::move(b).Finish();
}

}  // namespace mcunas
