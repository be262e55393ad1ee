// Every operator of the interpreter on values small enough to follow by hand. The oracle test
// compares whole networks with TFLite's own kernels.
#include "engine/reference/interpreter.h"
#include "engine/reference/weighted_sums.h"

#include <gtest/gtest.h>

#include <utility>

#include "engine/arithmetic/requantization.h"
#include "network/network_builder.h"
#include "network/verify.h"

namespace mcunas {
namespace {

using Values = std::vector<int8_t>;

// One operator; scales are chosen so that the output multiplier is `multiplier` for every channel.
QuantizedNetwork Single(NetworkBuilder&& builder, Values weights, std::vector<int32_t> bias,
                        float multiplier = 1.0f) {
  QuantizedNetwork q;
  q.network = std::move(builder).Finish();
  EXPECT_TRUE(VerifyNetwork(q.network).ok()) << VerifyNetwork(q.network).error().message;
  q.parameters.resize(1);
  QuantizedParameters& p = q.parameters[0];
  p.weight_scales.assign(bias.size(), multiplier);
  p.weights = std::move(weights);
  p.bias = std::move(bias);
  return q;
}

TEST(Interpreter, ConvolutionPadsWithRealZero) {
  NetworkBuilder b("conv", {2, 2, 1});
  b.Conv(kNetworkInput, 1, {3, 3}, {1, 1}, Activation::kNone);
  QuantizedNetwork q = Single(std::move(b), {1, 2, 3, 4, 5, 6, 7, 8, 9}, {100});
  q.input.zero_point = 10;
  q.parameters[0].output.zero_point = -100;
  // Input minus zero point is {1, 2, 3, 4}; windows centred on each pixel.
  EXPECT_EQ(RunReference(q, Values{11, 12, 13, 14}),
            (Values{1 * 5 + 2 * 6 + 3 * 8 + 4 * 9, 1 * 4 + 2 * 5 + 3 * 7 + 4 * 8,
                    1 * 2 + 2 * 3 + 3 * 5 + 4 * 6, 1 * 1 + 2 * 2 + 3 * 4 + 4 * 5}));
}

TEST(Interpreter, ConvolutionWeightsAreOutputRowColumnInput) {
  NetworkBuilder b("conv", {1, 2, 2});
  b.Conv(kNetworkInput, 2, {1, 1}, {2, 2}, Activation::kNone);
  // [O, 1, 1, I]; the stride skips the second pixel.
  const QuantizedNetwork q = Single(std::move(b), {1, 10, -1, 3}, {0, 5});
  EXPECT_EQ(RunReference(q, Values{2, 4, 100, 100}), (Values{42, 15}));
}

TEST(Interpreter, StrideTwoStartsInThePaddingOnEvenSides) {
  NetworkBuilder b("conv", {4, 1, 1});
  b.Conv(kNetworkInput, 1, {3, 3}, {2, 2}, Activation::kNone);
  // Only the middle column of the window meets the map: rows -1..1 and 1..3.
  const QuantizedNetwork q = Single(std::move(b), {0, 1, 0, 0, 10, 0, 0, 5, 0}, {0});
  EXPECT_EQ(RunReference(q, Values{1, 2, 3, 4}), (Values{10 + 10, 2 + 30 + 20}));
}

TEST(Interpreter, DepthwiseKeepsChannelsApart) {
  NetworkBuilder b("depthwise", {1, 3, 2});
  b.Depthwise(kNetworkInput, {3, 3}, {1, 1}, Activation::kNone);
  // [k, k, C]: middle row {1, -1}, {2, -2}, {3, -3}; the other rows lie in the padding.
  QuantizedNetwork q =
      Single(std::move(b), {9, 9, 9, 9, 9, 9, 1, -1, 2, -2, 3, -3, 9, 9, 9, 9, 9, 9}, {0, 1});
  EXPECT_EQ(RunReference(q, Values{1, 4, 2, 5, 3, 6}), (Values{8, 1 - 23, 14, 1 - 32, 8, 1 - 17}));
}

TEST(Interpreter, FullyConnectedFlattensTheMap) {
  NetworkBuilder b("fc", {2, 1, 2});
  b.FullyConnected(kNetworkInput, 2);
  const QuantizedNetwork q = Single(std::move(b), {1, 2, 3, 4, -1, 0, 0, 1}, {0, 7});
  EXPECT_EQ(RunReference(q, Values{1, 2, 3, 4}), (Values{30, 10}));
}

TEST(Interpreter, RoundingIsThatOfTheOperator) {
  NetworkBuilder b("fc", {1, 1, 1});
  b.FullyConnected(kNetworkInput, 1);
  QuantizedNetwork q = Single(std::move(b), {1}, {0}, 0.25f);
  q.parameters[0].rounding = Rounding::kDouble;
  EXPECT_EQ(RunReference(q, Values{5})[0], 2);
  q.parameters[0].rounding = Rounding::kSingle;
  EXPECT_EQ(RunReference(q, Values{5})[0], 1);
}

TEST(Interpreter, ChannelsHaveTheirOwnMultiplier) {
  NetworkBuilder b("pointwise", {1, 2, 1});
  b.Pointwise(kNetworkInput, 2, Activation::kNone);
  QuantizedNetwork q = Single(std::move(b), {1, 1}, {0, 0});
  q.parameters[0].weight_scales = {2.0f, 0.5f};
  EXPECT_EQ(RunReference(q, Values{10, -20}), (Values{20, 5, -40, -10}));
}

TEST(Interpreter, OutputsSaturateAndClamp) {
  for (Activation activation : {Activation::kNone, Activation::kRelu, Activation::kRelu6}) {
    NetworkBuilder b("pointwise", {1, 3, 1});
    b.Pointwise(kNetworkInput, 1, activation);
    QuantizedNetwork q = Single(std::move(b), {127}, {0}, 0.1f);
    q.input.scale = 0.1f;
    q.parameters[0].output = {0.1f, -50};
    const int8_t low = activation == Activation::kNone ? -128 : -50;
    const int8_t high = activation == Activation::kRelu6 ? 10 : 127;
    EXPECT_EQ(RunReference(q, Values{-128, 0, 127}), (Values{low, -50, high}));
  }
}

TEST(Interpreter, AddRescalesBothOperands) {
  NetworkBuilder b("add", {1, 1, 4});
  b.Pointwise(kNetworkInput, 4, Activation::kNone);
  b.Add(kNetworkInput, 0);
  QuantizedNetwork q;
  q.network = std::move(b).Finish();
  q.parameters.resize(2);
  q.input = {0.5f, 3};
  q.parameters[0].output = {0.25f, -7};
  q.parameters[1].output = {1.0f, 20};
  const Values first = {5, 3, 127, -128}, second = {-3, 1, 127, -128};
  // Real sums: 1 + 1, 0 + 2, 62 + 33.5, -65.5 - 30.25.
  EXPECT_EQ(RunReferenceOperator(q, 1, {first, second}), (Values{22, 22, 116, -76}));
  q.network.operators[1].activation = Activation::kRelu6;
  EXPECT_EQ(RunReferenceOperator(q, 1, {first, second}), (Values{22, 22, 26, 20}));
}

TEST(Interpreter, PoolsRoundHalvesAwayFromZeroAndSkipPadding) {
  NetworkBuilder b("pool", {2, 2, 1});
  b.AveragePool(kNetworkInput, {2, 2}, {2, 2});
  QuantizedNetwork q = Single(std::move(b), {}, {});
  EXPECT_EQ(RunReference(q, Values{1, 2, 3, 4})[0], 3);  // 2.5
  EXPECT_EQ(RunReference(q, Values{-1, -2, -3, -4})[0], -3);
  EXPECT_EQ(RunReference(q, Values{-1, -1, -1, -2})[0], -1);

  NetworkBuilder padded("pool", {1, 3, 1});
  padded.AveragePool(kNetworkInput, {3, 3}, {1, 1});
  QuantizedNetwork p = Single(std::move(padded), {}, {});
  EXPECT_EQ(RunReference(p, Values{10, 20, 60}), (Values{15, 30, 40}));
}

TEST(Interpreter, PoolsIgnoreZeroPointsButClamp) {
  NetworkBuilder b("pool", {1, 2, 1});
  b.AveragePool(kNetworkInput, {1, 1}, {1, 1});
  QuantizedNetwork q = Single(std::move(b), {}, {});
  q.input = q.parameters[0].output = {0.1f, -20};
  q.network.operators[0].activation = Activation::kRelu6;
  EXPECT_EQ(RunReference(q, Values{-100, 100}), (Values{-20, 40}));
}

TEST(Interpreter, GlobalAveragePool) {
  NetworkBuilder b("pool", {2, 2, 2});
  b.GlobalAveragePool(kNetworkInput);
  const QuantizedNetwork q = Single(std::move(b), {}, {});
  EXPECT_EQ(RunReference(q, Values{1, -1, 2, -2, 3, -3, 4, -4}), (Values{3, -3}));
}

TEST(Interpreter, KeepsEveryTensor) {
  NetworkBuilder b("chain", {1, 1, 1});
  b.Pointwise(kNetworkInput, 1, Activation::kNone);
  b.Pointwise(0, 1, Activation::kNone);
  b.Add(0, kNetworkInput);
  QuantizedNetwork q;
  q.network = std::move(b).Finish();
  q.parameters.resize(3);
  for (int i : {0, 1}) {
    q.parameters[static_cast<size_t>(i)].weights = {2};
    q.parameters[static_cast<size_t>(i)].bias = {1};
    q.parameters[static_cast<size_t>(i)].weight_scales = {1.0f};
  }
  const auto outputs = RunReferenceAllTensors(q, Values{5});
  EXPECT_EQ(outputs, (std::vector<Values>{{11}, {23}, {16}}));
  EXPECT_EQ(RunReference(q, Values{5}), Values{16});
}

TEST(Interpreter, AccumulatorsAreBiasPlusProducts) {
  NetworkBuilder b("pointwise", {1, 2, 2});
  b.Pointwise(kNetworkInput, 2, Activation::kRelu6);
  QuantizedNetwork q = Single(std::move(b), {1, 2, 127, -127}, {1000, -1000}, 1e-6f);
  q.input.zero_point = -128;
  EXPECT_EQ(RunReferenceAccumulators(q, 0, Values{-128, -127, 127, 127}),
            (std::vector<int32_t>{1002, -1127, 1000 + 3 * 255, -1000}));
}

TEST(InterpreterDeathTest, RefusesWrongOperands) {
  NetworkBuilder b("pool", {1, 2, 1});
  b.AveragePool(kNetworkInput, {1, 1}, {1, 1});
  QuantizedNetwork q = Single(std::move(b), {}, {});
  EXPECT_DEATH(RunReference(q, Values{1, 2, 3}), "wrong operand size");
  q.parameters[0].output.scale = 2.0f;
  EXPECT_DEATH(RunReference(q, Values{1, 2}), "does not rescale");
}

}  // namespace
}  // namespace mcunas
