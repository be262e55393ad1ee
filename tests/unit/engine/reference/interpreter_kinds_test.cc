// The operators beyond convolutions and pools, on values small enough to follow by hand. That
// TFLite computes the same bytes is the oracle test's part.
#include <gtest/gtest.h>

#include <cmath>
#include <utility>

#include "engine/reference/interpreter.h"
#include "network/network_builder.h"

namespace mcunas {
namespace {

using Values = std::vector<int8_t>;

constexpr TensorQuantization kShares = {1.0f / 256, -128};

QuantizedNetwork WithParameters(NetworkBuilder&& builder) {
  QuantizedNetwork q;
  q.network = std::move(builder).Finish();
  EXPECT_TRUE(VerifyNetwork(q.network).ok()) << VerifyNetwork(q.network).error().message;
  q.parameters.resize(q.network.operators.size());
  return q;
}

TEST(Interpreter, RectangularWindowsWithPaddingOnOneSide) {
  NetworkBuilder b("conv", {2, 3, 1});
  Operator op;
  op.inputs = {kNetworkInput};
  op.kernel = {1, 2};
  op.stride = {1, 2};
  op.padding = {0, 0, 0, 1};
  op.out.channels = 1;
  b.Append(std::move(op));
  QuantizedNetwork q = WithParameters(std::move(b));
  q.parameters[0].weights = {1, 10};
  q.parameters[0].weight_scales = {1.0f};
  q.parameters[0].bias = {0};
  EXPECT_EQ(RunReference(q, Values{1, 2, 3, 4, 5, 6}), (Values{21, 3, 54, 6}));
}

TEST(Interpreter, DilationSpreadsTheTaps) {
  NetworkBuilder b("conv", {1, 5, 1});
  Operator op;
  op.inputs = {kNetworkInput};
  op.kernel = {1, 3};
  op.dilation = {1, 2};
  op.out.channels = 1;
  b.Append(std::move(op));
  QuantizedNetwork q = WithParameters(std::move(b));
  q.parameters[0].weights = {1, 2, 3};
  q.parameters[0].weight_scales = {1.0f};
  q.parameters[0].bias = {0};
  EXPECT_EQ(RunReference(q, Values{1, 9, 2, 9, 3}), (Values{1 + 4 + 9}));
}

TEST(Interpreter, DepthMultiplierRepeatsInputChannels) {
  NetworkBuilder b("depthwise", {1, 1, 2});
  b.Depthwise(kNetworkInput, 1, 1, Activation::kNone, 2);
  QuantizedNetwork q = WithParameters(std::move(b));
  q.parameters[0].weights = {1, 2, 3, 4};
  q.parameters[0].weight_scales = {1, 1, 1, 1};
  q.parameters[0].bias = {0, 0, 0, 0};
  EXPECT_EQ(RunReference(q, Values{10, 5}), (Values{10, 20, 15, 20}));
}

TEST(Interpreter, MaxPoolIgnoresPadding) {
  NetworkBuilder b("pool", {2, 2, 1});
  b.MaxPool(kNetworkInput, 3, 1);
  QuantizedNetwork q = WithParameters(std::move(b));
  EXPECT_EQ(RunReference(q, Values{-100, -90, -80, -70}), (Values{-70, -70, -70, -70}));
}

TEST(Interpreter, MultiplyBroadcastsGates) {
  NetworkBuilder b("gate", {1, 2, 2});
  b.Multiply(kNetworkInput, b.GlobalAveragePool(kNetworkInput));
  QuantizedNetwork q = WithParameters(std::move(b));
  q.parameters[1].output = {10.0f, -5};
  // The gate is {20, 4}; products divided by 10, minus 5.
  EXPECT_EQ(RunReference(q, Values{10, 3, 30, 5}), (Values{15, -4, 55, -3}));
}

TEST(Interpreter, ConstantsRepeat) {
  NetworkBuilder b("constants", {1, 2, 2});
  b.MultiplyConstant(b.AddConstant(kNetworkInput, 2, Activation::kRelu), 1);
  QuantizedNetwork q = WithParameters(std::move(b));
  q.parameters[0].weights = {7, -7};
  q.parameters[0].constant = {1.0f, 2};  // 5 and -9
  q.parameters[1].weights = {3};
  EXPECT_EQ(RunReference(q, Values{1, 1, 2, 20}), (Values{18, 0, 21, 33}));
}

TEST(Interpreter, MeanSubtractsZeroPointsAndRescales) {
  NetworkBuilder b("mean", {2, 2, 1});
  b.GlobalAveragePool(kNetworkInput);
  QuantizedNetwork q = WithParameters(std::move(b));
  q.input = {0.5f, 4};
  q.parameters[0].mean = true;
  q.parameters[0].output = {0.25f, -10};
  // Mean 12 - 4 = 8 steps of 0.5 are 16 steps of 0.25.
  EXPECT_EQ(RunReference(q, Values{10, 12, 14, 12}), (Values{6}));
}

TEST(Interpreter, ResizeConcatenateAndReshapeMoveBytes) {
  NetworkBuilder b("copies", {1, 2, 1});
  const int big = b.ResizeNearest(kNetworkInput, {2, 1});
  const int both = b.Concatenation({big, big});
  b.Reshape(both, {1, 1, 8});
  const QuantizedNetwork q = WithParameters(std::move(b));
  EXPECT_EQ(RunReference(q, Values{1, 2}), (Values{1, 1, 2, 2, 1, 1, 2, 2}));
}

TEST(Interpreter, OutputsFollowOneAnother) {
  NetworkBuilder b("outputs", {1, 1, 2});
  const int first = b.Reshape(kNetworkInput, {1, 2, 1});
  b.Concatenation({kNetworkInput, kNetworkInput});
  b.SetOutputs({b.last(), first});
  const QuantizedNetwork q = WithParameters(std::move(b));
  EXPECT_EQ(RunReference(q, Values{3, 4}), (Values{3, 4, 3, 4, 3, 4}));
}

// Within one step of the real function: TFLite's arithmetic is exact to about 2^-23.
TEST(Interpreter, SoftmaxIsASoftmax) {
  NetworkBuilder b("softmax", {2, 1, 5});
  b.Softmax(kNetworkInput);
  QuantizedNetwork q = WithParameters(std::move(b));
  q.parameters[0].output = kShares;
  for (float scale : {0.001f, 0.05f, 0.5f}) {
    q.input.scale = scale;
    const Values input = {-128, 0, 30, 40, 127, 9, 8, 7, 6, 5};
    const Values output = RunReference(q, input);
    for (size_t pixel : {0, 5}) {
      double sum = 0;
      for (size_t c = 0; c < 5; ++c) sum += std::exp(scale * input[pixel + c]);
      for (size_t c = 0; c < 5; ++c)
        EXPECT_NEAR(output[pixel + c] + 128, std::exp(scale * input[pixel + c]) / sum * 256, 1.01);
    }
  }
}

TEST(Interpreter, LogisticIsALogisticFunction) {
  NetworkBuilder b("logistic", {1, 256, 1});
  b.Logistic(kNetworkInput);
  QuantizedNetwork q = WithParameters(std::move(b));
  q.parameters[0].output = kShares;
  Values input;
  for (int v = -128; v < 128; ++v) input.push_back(static_cast<int8_t>(v));
  for (float scale : {0.001f, 0.03f, 0.2f, 3.0f}) {
    q.input = {scale, 11};
    const Values output = RunReference(q, input);
    for (size_t i = 0; i < input.size(); ++i) {
      const double real = 256 / (1 + std::exp(-scale * (input[i] - 11)));
      EXPECT_NEAR(output[i] + 128, std::min(real, 255.0), 0.6) << scale << " " << int{input[i]};
    }
  }
}

}  // namespace
}  // namespace mcunas
