// Slices, frames, resizes and transposed convolutions on values small enough to follow by hand.
#include <gtest/gtest.h>

#include <utility>

#include "engine/reference/interpreter.h"
#include "network/network_builder.h"
#include "network/verify.h"

namespace mcunas {
namespace {

using Values = std::vector<int8_t>;

QuantizedNetwork WithParameters(NetworkBuilder&& builder) {
  QuantizedNetwork q;
  q.network = std::move(builder).Finish();
  EXPECT_TRUE(VerifyNetwork(q.network).ok()) << VerifyNetwork(q.network).error().message;
  q.parameters.resize(q.network.operators.size());
  return q;
}

TEST(Interpreter, SlicesRowsColumnsAndChannels) {
  NetworkBuilder b("slice", {2, 4, 2});
  b.Slice(kNetworkInput, {1, 0, 1}, {1, 2, 1}, {1, 3});
  const QuantizedNetwork q = WithParameters(std::move(b));
  EXPECT_EQ(RunReference(q, Values{1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14, 15, 16, 17, 18}),
            (Values{12, 18}));
}

TEST(Interpreter, PadsWithTheZeroPoint) {
  NetworkBuilder b("pad", {1, 2, 1});
  b.Pad(kNetworkInput, {0, 1, 1, 2});
  QuantizedNetwork q = WithParameters(std::move(b));
  q.input.zero_point = 7;
  EXPECT_EQ(RunReference(q, Values{1, 2}), (Values{7, 1, 2, 7, 7, 7, 7, 7, 7, 7}));
}

Values Resized(OpKind kind, Sampling sampling, int width, const Values& row) {
  NetworkBuilder b("resize", {1, static_cast<int>(row.size()), 1});
  Operator op;
  op.kind = kind;
  op.inputs = {kNetworkInput};
  op.out = {1, width, 1};
  op.sampling = sampling;
  b.Append(std::move(op));
  return RunReference(WithParameters(std::move(b)), row);
}

TEST(Interpreter, ResizesToTheNearestPixel) {
  const OpKind kind = OpKind::kResizeNearest;
  EXPECT_EQ(Resized(kind, Sampling::kPlain, 5, {1, 2, 3}), (Values{1, 1, 2, 2, 3}));
  // Halves go up: places 0, 1/2, 1, 3/2, 2.
  EXPECT_EQ(Resized(kind, Sampling::kCorners, 5, {1, 2, 3}), (Values{1, 2, 2, 3, 3}));
  EXPECT_EQ(Resized(kind, Sampling::kCentres, 2, {1, 2, 3, 4}), (Values{2, 4}));
  EXPECT_EQ(Resized(kind, Sampling::kPlain, 2, {1, 2, 3, 4}), (Values{1, 3}));
}

TEST(Interpreter, ResizesBetweenPixels) {
  const OpKind kind = OpKind::kResizeBilinear;
  EXPECT_EQ(Resized(kind, Sampling::kPlain, 4, {0, 100}), (Values{0, 50, 100, 100}));
  EXPECT_EQ(Resized(kind, Sampling::kCentres, 4, {0, 100}), (Values{0, 25, 75, 100}));
  EXPECT_EQ(Resized(kind, Sampling::kCorners, 3, {0, 101}), (Values{0, 51, 101}));
  EXPECT_EQ(Resized(kind, Sampling::kCorners, 3, {0, -101}), (Values{0, -51, -101}));
}

TEST(Interpreter, TransposedConvolutionAddsWindows) {
  NetworkBuilder b("transposed", {1, 2, 1});
  b.TransposeConv(kNetworkInput, 1, {1, 3}, {1, 2}, Activation::kNone);
  QuantizedNetwork q = WithParameters(std::move(b));
  q.parameters[0].weights = {1, 10, 25};
  q.parameters[0].weight_scales = {1.0f};
  q.parameters[0].bias = {3};
  q.input.zero_point = 5;
  // Windows of 1 at columns 0 to 2 and of 2 at 2 to 4, of which the last is cut off.
  EXPECT_EQ(RunReference(q, Values{6, 7}), (Values{4, 13, 3 + 25 + 2, 23}));
}

}  // namespace
}  // namespace mcunas
