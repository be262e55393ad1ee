// The operators beyond convolutions and pools, on values small enough to follow by hand. That
// TFLite computes the same bytes is the oracle test's part.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/reference/interpreter.h"
#include "network/network_builder.h"
#include "network/verify.h"

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
  b.Depthwise(kNetworkInput, {1, 1}, {1, 1}, Activation::kNone, 2);
  QuantizedNetwork q = WithParameters(std::move(b));
  q.parameters[0].weights = {1, 2, 3, 4};
  q.parameters[0].weight_scales = {1, 1, 1, 1};
  q.parameters[0].bias = {0, 0, 0, 0};
  EXPECT_EQ(RunReference(q, Values{10, 5}), (Values{10, 20, 15, 20}));
}

TEST(Interpreter, MaxPoolIgnoresPadding) {
  NetworkBuilder b("pool", {2, 2, 1});
  b.MaxPool(kNetworkInput, {3, 3}, {1, 1});
  QuantizedNetwork q = WithParameters(std::move(b));
  EXPECT_EQ(RunReference(q, Values{-100, -90, -80, -70}), (Values{-70, -70, -70, -70}));
}

TEST(Interpreter, DifferencesAndTheirOrder) {
  const auto run = [](bool constants, bool reversed) {
    NetworkBuilder b("difference", {1, 2, 2});
    const int first = b.Reshape(kNetworkInput, {1, 2, 2});
    if (constants) {
      b.WithConstants(OpKind::kSubtractConstant, first, 2);
    } else {
      b.Pairwise(OpKind::kSubtract, first, b.GlobalAveragePool(first));
    }
    QuantizedNetwork q = WithParameters(std::move(b));
    q.network.operators.back().reversed = reversed;
    for (QuantizedParameters& p : q.parameters) p.output = {0.5f, 1};
    q.input = {0.5f, 1};
    q.parameters.back().output = {0.25f, -3};
    q.parameters.back().constant = {1.0f, 7};
    q.parameters.back().weights = constants ? Values{17, 9} : Values{};
    return RunReference(q, Values{11, 3, 31, 5});
  };
  // 5, 1, 15, 2 and the means 10, 1.5; constants 10, 2.
  EXPECT_EQ(run(false, false), (Values{-23, -5, 17, -1}));
  EXPECT_EQ(run(false, true), (Values{17, -1, -23, -5}));
  EXPECT_EQ(run(true, false), (Values{-23, -7, 17, -3}));
  EXPECT_EQ(run(true, true), (Values{17, 1, -23, -3}));
}

TEST(Interpreter, ExtremesCompareBytes) {
  const auto run = [](OpKind kind) {
    NetworkBuilder b("extreme", {1, 2, 2});
    b.WithConstants(kind, kNetworkInput, 2);
    QuantizedNetwork q = WithParameters(std::move(b));
    q.parameters[0].weights = {-3, 4};
    return RunReference(q, Values{-10, 10, 3, -100});
  };
  EXPECT_EQ(run(OpKind::kMaximumConstant), (Values{-3, 10, 3, 4}));
  EXPECT_EQ(run(OpKind::kMinimumConstant), (Values{-10, 4, -3, -100}));
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

Values EveryByte() {
  Values bytes;
  for (int v = -128; v < 128; ++v) bytes.push_back(static_cast<int8_t>(v));
  return bytes;
}

// One operator over every byte, against the real function: the byte nearest to it, but for
// `tolerance` steps.
template <typename Real>
void ExpectFunction(OpKind kind, TensorQuantization output, double tolerance, Real real) {
  NetworkBuilder b("function", {1, 256, 1});
  Operator op;
  op.kind = kind;
  op.inputs = {kNetworkInput};
  b.Append(std::move(op));
  QuantizedNetwork q = WithParameters(std::move(b));
  q.parameters[0].output = output;
  q.parameters[0].alpha = 0.3f;
  for (RoundingMode mode : {RoundingMode::kTflite, RoundingMode::kTflm}) {
    q.rounding_mode = mode;
    for (float scale : {0.001f, 0.03f, 0.2f, 3.0f}) {
      q.input = {scale, 11};
      const Values outputs = RunReference(q, EveryByte());
      for (int v = -128; v < 128; ++v) {
        const double steps = real(double{scale} * (v - 11)) / output.scale + output.zero_point;
        EXPECT_NEAR(outputs[static_cast<size_t>(v + 128)], std::clamp(steps, -128.0, 127.0),
                    tolerance)
            << OpName(kind) << " " << scale << " " << v;
      }
    }
  }
}

TEST(Interpreter, FunctionsOfOneByte) {
  ExpectFunction(OpKind::kLogistic, kShares, 0.501,
                 [](double x) { return 1 / (1 + std::exp(-x)); });
  ExpectFunction(OpKind::kTanh, {1.0f / 128, 0}, 0.501, [](double x) { return std::tanh(x); });
  // 16 bits of precision.
  ExpectFunction(OpKind::kHardSwish, {0.05f, -7}, 0.6,
                 [](double x) { return x * std::clamp(x + 3, 0.0, 6.0) / 6; });
  // Whole numbers, rounded twice.
  ExpectFunction(OpKind::kLeakyRelu, {0.07f, -7}, 0.8,
                 [](double x) { return x < 0 ? double{0.3f} * x : x; });
  ExpectFunction(OpKind::kRequantize, {0.07f, -7}, 0.8, [](double x) { return x; });
}

// One alpha per channel, some of them negative.
TEST(Interpreter, PReluTakesTheSlopeOfItsChannel) {
  NetworkBuilder b("prelu", {1, 256, 3});
  b.WithConstants(OpKind::kPRelu, kNetworkInput, 3);
  QuantizedNetwork q = WithParameters(std::move(b));
  q.input = {0.05f, 11};
  q.parameters[0].constant = {0.01f, -20};
  q.parameters[0].weights = {30, -20, -120};  // 0.5, 0 and -1
  q.parameters[0].output = {0.07f, -7};
  Values input;
  for (int v = -128; v < 128; ++v) input.insert(input.end(), 3, static_cast<int8_t>(v));
  for (RoundingMode mode : {RoundingMode::kTflite, RoundingMode::kTflm}) {
    q.rounding_mode = mode;
    const Values output = RunReference(q, input);
    for (size_t i = 0; i < input.size(); ++i) {
      const double x = 0.05 * (input[i] - 11), alpha = std::vector{0.5, 0.0, -1.0}[i % 3];
      const double steps = (x < 0 ? alpha * x : x) / 0.07 - 7;
      EXPECT_NEAR(output[i], std::clamp(steps, -128.0, 127.0), 0.8) << i;
    }
  }
}

// TFLite looks LOGISTIC up in a table made in float, TFLite Micro computes it in fixed point: one
// step of difference where the real value lies between two bytes, and that very seldom.
TEST(Interpreter, LogisticAndTanhOfBothRuntimesAreNearlyEqual) {
  int different = 0, all = 0;
  for (OpKind kind : {OpKind::kLogistic, OpKind::kTanh}) {
    NetworkBuilder b("function", {1, 256, 1});
    Operator op;
    op.kind = kind;
    op.inputs = {kNetworkInput};
    b.Append(std::move(op));
    QuantizedNetwork q = WithParameters(std::move(b));
    q.parameters[0].output = kind == OpKind::kTanh ? TensorQuantization{1.0f / 128, 0} : kShares;
    for (int i = 0; i < 500; ++i) {
      q.input = {0.001f * std::pow(1.015f, static_cast<float>(i)), i % 256 - 128};
      q.rounding_mode = RoundingMode::kTflite;
      const Values table = RunReference(q, EveryByte());
      q.rounding_mode = RoundingMode::kTflm;
      const Values fixed = RunReference(q, EveryByte());
      for (size_t k = 0; k < 256; ++k) {
        EXPECT_NEAR(table[k], fixed[k], 1) << OpName(kind) << " " << i << " " << k;
        different += table[k] != fixed[k];
        ++all;
      }
    }
  }
  EXPECT_LT(different, all / 1000);
}

TEST(Interpreter, RequantizeClampsToItsActivation) {
  const auto run = [](Activation activation) {
    NetworkBuilder b("relu", {1, 6, 1});
    b.Requantize(kNetworkInput, activation);
    QuantizedNetwork q = WithParameters(std::move(b));
    q.input = {0.1f, 10};
    q.parameters[0].output = {0.2f, -20};
    return RunReference(q, Values{-100, 4, 10, 13, 24, 110});
  };
  EXPECT_EQ(run(Activation::kNone), (Values{-75, -23, -20, -18, -13, 30}));
  EXPECT_EQ(run(Activation::kRelu), (Values{-20, -20, -20, -18, -13, 30}));
  EXPECT_EQ(run(Activation::kRelu6), (Values{-20, -20, -20, -18, -13, 10}));
  EXPECT_EQ(run(Activation::kReluN1To1), (Values{-25, -23, -20, -18, -15, -15}));
}

}  // namespace
}  // namespace mcunas
