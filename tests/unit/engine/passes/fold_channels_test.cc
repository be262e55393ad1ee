// One rule of folding at a time, on networks small enough to count channels by hand.
#include "engine/passes/fold_channels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "network/hash_network.h"
#include "tests/unit/engine/passes/hand_made.h"

namespace mcunas {
namespace {

using testing::ElementsAre;

constexpr Activation kNone = Activation::kNone;

// Pointwise 6 -> window with `padding` -> 4; channel 2 of the first is `value`.
QuantizedNetwork IntoWindow(int value, Padding padding, int reading_tap = -1) {
  NetworkBuilder b("window", {6, 5, 3});
  b.Pointwise(kNetworkInput, 6, kNone);
  Operator conv;
  conv.inputs = {0};
  conv.kernel = {3, 3};
  conv.padding = padding;
  conv.out.channels = 4;
  b.Append(std::move(conv));
  QuantizedNetwork q = WithWeights(std::move(b));
  Silence(&q, 0, 2, value);
  if (reading_tap >= 0) {
    std::vector<int8_t>& weights = q.parameters[1].weights;
    for (size_t i = 2; i < weights.size(); i += 6)
      if (i / 6 % 9 != static_cast<size_t>(reading_tap)) weights[i] = 0;
  }
  return q;
}

TEST(FoldChannels, LeavesAloneWhatIsAlive) {
  NetworkBuilder b("alive", {6, 5, 3});
  const int first = b.Conv(kNetworkInput, 5, {3, 3}, {1, 1}, Activation::kRelu6);
  const int second = b.Pointwise(b.Depthwise(first, {3, 3}, {1, 1}, kNone, 2), 5, kNone);
  b.FullyConnected(b.MaxPool(b.Add(first, second), {2, 2}, {2, 2}), 3);
  const QuantizedNetwork q = WithWeights(std::move(b));
  const FoldedNetwork folded = FoldChannels(q);
  EXPECT_FALSE(folded.report.changed());
  EXPECT_EQ(folded.report.constant_channels, 0);
  EXPECT_EQ(folded.network.network.operators, q.network.operators);
  for (size_t i = 0; i < q.parameters.size(); ++i) {
    EXPECT_EQ(folded.network.parameters[i].weights, q.parameters[i].weights);
    EXPECT_EQ(folded.network.parameters[i].bias, q.parameters[i].bias);
  }
}

TEST(FoldChannels, ConstantsBecomeBias) {
  NetworkBuilder b("constant", {4, 4, 3});
  b.Pointwise(b.Pointwise(kNetworkInput, 6, kNone), 4, kNone);
  QuantizedNetwork q = WithWeights(std::move(b));
  Silence(&q, 0, 1, 100);
  Silence(&q, 0, 4, -7);
  const FoldedNetwork folded = FoldChannels(q, {1});
  EXPECT_THAT(ChannelCounts(folded.network), ElementsAre(4, 4));
  const std::vector<int8_t>& weights = q.parameters[1].weights;
  EXPECT_EQ(folded.network.parameters[1].bias[0],
            q.parameters[1].bias[0] + weights[1] * (100 - 3) + weights[4] * (-7 - 3));
  ExpectSameOutputs(q, folded.network);
  EXPECT_EQ(folded.report.macs_before.value, 16 * (3 * 6 + 6 * 4));
  EXPECT_EQ(folded.report.macs_after.value, 16 * (3 * 4 + 4 * 4));
  EXPECT_EQ(folded.report.constant_channels, 2);
  EXPECT_EQ(folded.report.channels_removed(), 2);
}

TEST(FoldChannels, PaddingCountsAsTheZeroPoint) {
  EXPECT_THAT(ChannelCounts(Folded(IntoWindow(3, Padding(1)))), ElementsAre(5, 4)) << "as padding";
  EXPECT_THAT(ChannelCounts(Folded(IntoWindow(4, Padding(1)))), ElementsAre(6, 4))
      << "not as padding";
  EXPECT_THAT(ChannelCounts(Folded(IntoWindow(4, Padding(0)))), ElementsAre(5, 4)) << "no padding";
  EXPECT_THAT(ChannelCounts(Folded(IntoWindow(4, {1, 0, 0, 0}))), ElementsAre(6, 4)) << "one side";
}

TEST(FoldChannels, TapsThatNeverMeetPaddingDoNotCount) {
  EXPECT_THAT(ChannelCounts(Folded(IntoWindow(4, Padding(1), 4))), ElementsAre(5, 4))
      << "the middle";
  EXPECT_THAT(ChannelCounts(Folded(IntoWindow(4, Padding(1), 1))), ElementsAre(6, 4)) << "above it";
  EXPECT_THAT(ChannelCounts(Folded(IntoWindow(4, {0, 1, 0, 1}, 1))), ElementsAre(5, 4))
      << "above it, padded left and right";
}

TEST(FoldChannels, TapsThatAlwaysMeetPaddingReadNothing) {
  NetworkBuilder b("corner", {1, 1, 3});
  b.Conv(b.Pointwise(kNetworkInput, 6, kNone), 4, {3, 3}, {1, 1}, kNone);
  QuantizedNetwork q = WithWeights(std::move(b));
  for (size_t i = 2; i < q.parameters[1].weights.size(); i += 6)
    if (i / 6 % 9 == 4) q.parameters[1].weights[i] = 0;
  EXPECT_THAT(ChannelCounts(Folded(q)), ElementsAre(5, 4));
}

TEST(FoldChannels, DepthwiseTakesItsInputAlong) {
  NetworkBuilder b("depthwise", {6, 6, 3});
  b.Pointwise(b.Depthwise(b.Pointwise(kNetworkInput, 6, Activation::kRelu), {3, 3}, {1, 1}, kNone),
              4, kNone);
  QuantizedNetwork q = WithWeights(std::move(b));
  Silence(&q, 1, 2, 77);  // alive before, constant behind
  Ignore(&q, 2, 5);       // alive both times, for nobody
  EXPECT_THAT(ChannelCounts(Folded(q)), ElementsAre(4, 4, 4));
  Silence(&q, 0, 0, 9);  // constant before; different at the border behind
  EXPECT_THAT(ChannelCounts(Folded(q)), ElementsAre(4, 4, 4));
  Silence(&q, 0, 0, 3);  // as padding: constant behind, too
  EXPECT_THAT(ChannelCounts(Folded(q)), ElementsAre(3, 3, 4));
}

TEST(FoldChannels, FiltersOfOneInputChannelGoTogether) {
  NetworkBuilder b("multiplier", {6, 6, 3});
  b.Pointwise(b.Depthwise(b.Pointwise(kNetworkInput, 4, kNone), {3, 3}, {1, 1}, kNone, 2), 5,
              kNone);
  QuantizedNetwork q = WithWeights(std::move(b));
  Silence(&q, 1, 2, 50);
  EXPECT_THAT(ChannelCounts(Folded(q)), ElementsAre(4, 8, 5)) << "its brother is alive";
  Silence(&q, 1, 3, -50);
  EXPECT_THAT(ChannelCounts(Folded(q)), ElementsAre(3, 6, 5));
}

TEST(FoldChannels, FiltersOfTheOnlyInputChannelGoOneByOne) {
  NetworkBuilder b("grey", {6, 6, 1});
  b.Pointwise(b.Depthwise(kNetworkInput, {3, 3}, {1, 1}, kNone, 8), 5, kNone);
  QuantizedNetwork q = WithWeights(std::move(b));
  Silence(&q, 0, 2, 50);
  Silence(&q, 0, 6, 51);
  Ignore(&q, 1, 7);
  EXPECT_THAT(ChannelCounts(Folded(q)), ElementsAre(5, 5));
}

TEST(FoldChannels, WhatNobodyReadsGoesUpToTheInput) {
  NetworkBuilder b("unread", {4, 4, 3});
  int last = b.Pointwise(kNetworkInput, 6, kNone);
  last = b.Pointwise(last, 6, kNone);
  b.Pointwise(last, 2, kNone);
  QuantizedNetwork q = WithWeights(std::move(b));
  Ignore(&q, 2, 1);
  Ignore(&q, 2, 3);
  // Channel 5 of the first is for channel 3 of the second alone.
  std::vector<int8_t>& weights = q.parameters[1].weights;
  for (size_t o : {0, 2, 4, 5}) weights[o * 6 + 5] = 0;
  EXPECT_THAT(ChannelCounts(Folded(q)), ElementsAre(5, 4, 2));
}

TEST(FoldChannels, SaturatedActivationsAreConstant) {
  NetworkBuilder b("saturated", {4, 4, 3});
  b.Pointwise(b.Pointwise(kNetworkInput, 6, Activation::kRelu6), 4, kNone);
  QuantizedNetwork q = WithWeights(std::move(b));
  const std::vector<float> scales = q.parameters[0].weight_scales;
  // Three products of at most 45 * 131 each.
  q.parameters[0].bias[0] = -3 * 45 * 131 - 1;  // never above zero
  q.parameters[0].bias[3] = 3 * 45 * 131 + static_cast<int32_t>(6.5 / scales[3]);  // always over 6
  const FoldedNetwork folded = FoldChannels(q, {1});
  EXPECT_EQ(folded.report.constant_channels, 2);
  EXPECT_THAT(ChannelCounts(Folded(q)), ElementsAre(4, 4));
}

TEST(FoldChannels, ResidualsGoTogetherOrNotAtAll) {
  NetworkBuilder b("residual", {4, 4, 3});
  const int start = b.Pointwise(kNetworkInput, 6, kNone);
  const int branch = b.Pointwise(start, 6, kNone);
  b.Pointwise(b.Add(start, branch), 4, kNone);
  QuantizedNetwork q = WithWeights(std::move(b));
  Silence(&q, 1, 0, 20);  // the other operand is alive
  EXPECT_THAT(ChannelCounts(Folded(q)), ElementsAre(6, 6, 6, 4));
  Ignore(&q, 3, 2);  // but the branch reads the start's channel 2
  EXPECT_THAT(ChannelCounts(Folded(q)), ElementsAre(6, 6, 6, 4));
  Ignore(&q, 1, 2);
  EXPECT_THAT(ChannelCounts(Folded(q)), ElementsAre(5, 5, 5, 4));
  Silence(&q, 0, 5, 1);  // both operands constant: so is the sum
  Silence(&q, 1, 5, 2);
  EXPECT_THAT(ChannelCounts(Folded(q)), ElementsAre(4, 4, 4, 4));
}

TEST(FoldChannels, TheNetworksInputKeepsItsChannels) {
  NetworkBuilder b("input", {4, 4, 3});
  const int branch = b.Pointwise(kNetworkInput, 3, kNone);
  b.Pointwise(b.Add(branch, kNetworkInput), 4, kNone);
  QuantizedNetwork q = WithWeights(std::move(b));
  Ignore(&q, 2, 1);
  EXPECT_THAT(ChannelCounts(Folded(q)), ElementsAre(3, 3, 4));
}

TEST(FoldChannels, OutputsKeepTheirChannels) {
  NetworkBuilder b("outputs", {4, 4, 3});
  const int first = b.Pointwise(kNetworkInput, 5, kNone);
  const int dead = b.Pointwise(kNetworkInput, 7, kNone);
  const int second = b.Pointwise(first, 4, kNone);
  b.Pointwise(dead, 3, kNone);
  b.SetOutputs({second, first});
  QuantizedNetwork q = WithWeights(std::move(b));
  Silence(&q, second, 1, 8);
  Silence(&q, first, 0, -8);
  const QuantizedNetwork folded = Folded(q);
  EXPECT_THAT(ChannelCounts(folded), ElementsAre(5, 4));
  EXPECT_THAT(folded.network.outputs, ElementsAre(1, 0));
}

TEST(FoldChannels, ConstantOutputsReadNothing) {
  NetworkBuilder b("outputs", {4, 4, 3});
  b.Pointwise(b.Pointwise(kNetworkInput, 5, kNone), 2, Activation::kRelu);
  QuantizedNetwork q = WithWeights(std::move(b));
  std::vector<int8_t>& weights = q.parameters[1].weights;
  for (size_t c : {1, 2, 3}) weights[c] = 0;  // only channel 1 reads these
  q.parameters[1].bias[1] = -5 * 45 * 131 - 1;
  EXPECT_THAT(ChannelCounts(Folded(q)), ElementsAre(2, 2));
}

TEST(FoldChannels, ConcatenationsLosePartsOfOperands) {
  NetworkBuilder b("concatenation", {4, 4, 3});
  const int first = b.Pointwise(kNetworkInput, 4, kNone);
  const int second = b.Pointwise(kNetworkInput, 3, kNone);
  b.Pointwise(b.Concatenation({first, second, first}), 4, kNone);
  QuantizedNetwork q = WithWeights(std::move(b));
  Ignore(&q, 3, 1);
  EXPECT_THAT(ChannelCounts(Folded(q)), ElementsAre(4, 3, 11, 4)) << "read as channel 8";
  Ignore(&q, 3, 8);
  EXPECT_THAT(ChannelCounts(Folded(q)), ElementsAre(3, 3, 9, 4));
  for (int c : {4, 5, 6}) Ignore(&q, 3, c);
  const QuantizedNetwork without = Folded(q);
  EXPECT_THAT(ChannelCounts(without), ElementsAre(3, 6, 4)) << "an operand goes";
  EXPECT_THAT(OperatorOf(without, 1).inputs, ElementsAre(0, 0));
}

TEST(FoldChannels, ConcatenationOfOneOperandGoes) {
  NetworkBuilder b("concatenation", {4, 4, 3});
  const int first = b.Pointwise(kNetworkInput, 4, kNone);
  const int second = b.Pointwise(kNetworkInput, 3, kNone);
  b.Pointwise(b.Concatenation({first, second}), 4, kNone);
  QuantizedNetwork q = WithWeights(std::move(b));
  for (int c : {4, 5, 6}) Ignore(&q, 3, c);
  EXPECT_THAT(ChannelCounts(Folded(q)), ElementsAre(4, 4));
  // TFLite lets scales differ a little: the bytes are the same, their meaning is not.
  q.parameters[2].output.scale = 1.0f + 5e-7f;
  EXPECT_THAT(Kinds(Folded(q)),
              ElementsAre(OpKind::kPointwise, OpKind::kReshape, OpKind::kPointwise));
}

TEST(FoldChannels, PoolsAndEnlargementsPassThrough) {
  NetworkBuilder b("pools", {8, 8, 3});
  int last = b.Pointwise(kNetworkInput, 6, kNone);
  last = b.AveragePool(b.MaxPool(last, {2, 2}, {2, 2}), {2, 2}, {2, 2});
  last = b.GlobalAveragePool(b.ResizeNearest(last, {2, 2}));
  b.FullyConnected(last, 3);
  QuantizedNetwork q = WithWeights(std::move(b));
  Silence(&q, 0, 1, 60);  // padding of pools does not count
  Ignore(&q, 5, 2);
  EXPECT_THAT(ChannelCounts(Folded(q)), ElementsAre(4, 4, 4, 4, 4, 3));
}

TEST(FoldChannels, MeansRescaleConstants) {
  NetworkBuilder b("mean", {8, 8, 3});
  b.FullyConnected(b.GlobalAveragePool(b.Pointwise(kNetworkInput, 6, kNone)), 3);
  QuantizedNetwork q = WithWeights(std::move(b));
  q.parameters[1].mean = true;
  q.parameters[1].output = {0.5f, -20};
  Silence(&q, 0, 1, 13);
  const QuantizedNetwork folded = Folded(q);
  EXPECT_THAT(ChannelCounts(folded), ElementsAre(5, 5, 3));
  // Ten steps of 1 are twenty of a half.
  EXPECT_EQ(folded.parameters[2].bias[0],
            q.parameters[2].bias[0] + q.parameters[2].weights[1] * 20);
}

// TFLite divides every sum by the whole window: where part of it is padding, by too much.
TEST(FoldChannels, MeansOfPaddedWindowsDependOnTheBorder) {
  NetworkBuilder b("mean", {8, 8, 3});
  b.Pointwise(b.AveragePool(b.Pointwise(kNetworkInput, 6, kNone), {3, 3}, {1, 1}), 3, kNone);
  QuantizedNetwork q = WithWeights(std::move(b));
  Silence(&q, 0, 1, 13);
  EXPECT_THAT(ChannelCounts(Folded(q)), ElementsAre(5, 5, 3)) << "averages count what they add";
  q.parameters[1].mean = true;
  EXPECT_THAT(ChannelCounts(Folded(q)), ElementsAre(6, 6, 3));
}

TEST(FoldChannels, FlatInputsLoseAllPixelsOfAChannel) {
  NetworkBuilder b("flat", {2, 3, 3});
  const int map = b.Pointwise(kNetworkInput, 4, kNone);
  b.FullyConnected(b.Reshape(map, {1, 1, 24}), 3);
  QuantizedNetwork q = WithWeights(std::move(b));
  Silence(&q, 0, 3, 60);
  EXPECT_THAT(ChannelCounts(Folded(q)), ElementsAre(3, 18, 3));
  for (size_t i = 0; i < q.parameters[2].weights.size(); i += 4) q.parameters[2].weights[i] = 0;
  EXPECT_THAT(ChannelCounts(Folded(q)), ElementsAre(2, 12, 3));
  q.parameters[2].weights[8] = 1;  // one pixel of channel 0
  EXPECT_THAT(ChannelCounts(Folded(q)), ElementsAre(3, 18, 3));
}

TEST(FoldChannels, ReshapesThatMixChannelsLoseNone) {
  NetworkBuilder b("mix", {2, 3, 3});
  const int map = b.Pointwise(kNetworkInput, 4, kNone);
  b.Pointwise(b.Reshape(map, {2, 4, 3}), 2, kNone);
  QuantizedNetwork q = WithWeights(std::move(b));
  Silence(&q, 0, 3, 60);
  Ignore(&q, 2, 1);
  EXPECT_THAT(ChannelCounts(Folded(q)), ElementsAre(4, 3, 2));
}

TEST(FoldChannels, ConstantsPerChannelAndPerElementGoAlong) {
  NetworkBuilder b("constants", {2, 2, 3});
  int last = b.Pointwise(kNetworkInput, 4, kNone);
  last = b.AddConstant(last, 4);
  last = b.MultiplyConstant(last, 16);
  last = b.AddConstant(last, 1);
  b.Pointwise(last, 2, kNone);
  QuantizedNetwork q = WithWeights(std::move(b));
  q.parameters[2].output.scale = 40.0f;
  Ignore(&q, 4, 1);
  const QuantizedNetwork folded = Folded(q);
  EXPECT_THAT(ChannelCounts(folded), ElementsAre(3, 3, 3, 3, 2));
  EXPECT_EQ(OperatorOf(folded, 1).constants, 3);
  EXPECT_EQ(OperatorOf(folded, 2).constants, 12);
  EXPECT_EQ(OperatorOf(folded, 3).constants, 1);
}

// Channel 1 is constant below zero, where its alpha counts; channel 2 is read by nobody.
TEST(FoldChannels, SlopesGoWithTheirChannels) {
  NetworkBuilder b("prelu", {3, 3, 3});
  const int made = b.Pointwise(kNetworkInput, 4, Activation::kNone);
  const int bent = b.WithConstants(OpKind::kPRelu, made, 4);
  b.Pointwise(bent, 2, Activation::kNone);
  QuantizedNetwork q = WithWeights(std::move(b));
  ParametersOf(&q, bent).constant = {0.02f, 10};
  ParametersOf(&q, bent).weights = {60, -90, 25, -7};
  Silence(&q, made, 1, -40);
  Ignore(&q, 2, 2);
  const QuantizedNetwork folded = Folded(q);
  EXPECT_EQ(ChannelCounts(folded), (std::vector<int>{2, 2, 2}));
  EXPECT_EQ(OperatorOf(folded, 1).constants, 2);
  EXPECT_EQ(ParametersOf(const_cast<QuantizedNetwork*>(&folded), 1).weights,
            (std::vector<int8_t>{60, -7}));
}

TEST(FoldChannels, ConstantOperandsBecomeConstants) {
  NetworkBuilder b("gate", {4, 4, 3});
  const int map = b.Pointwise(kNetworkInput, 4, kNone);
  const int gate = b.Logistic(b.Pointwise(b.GlobalAveragePool(map), 4, Activation::kRelu));
  const int other = b.Pointwise(map, 4, kNone);
  b.Add(other, b.Multiply(map, gate));
  QuantizedNetwork q = WithWeights(std::move(b));
  q.parameters[5].output.scale = 0.6f;
  for (int c = 0; c < 4; ++c) Silence(&q, 2, c, 3 + c);
  EXPECT_THAT(Kinds(Folded(q)), ElementsAre(OpKind::kPointwise, OpKind::kPointwise,
                                            OpKind::kMultiplyConstant, OpKind::kAdd));
  for (int c = 0; c < 4; ++c) Silence(&q, 4, c, c - 2);  // the first operand of the sum
  EXPECT_THAT(Kinds(Folded(q)),
              ElementsAre(OpKind::kPointwise, OpKind::kMultiplyConstant, OpKind::kAddConstant));
}

TEST(FoldChannels, ConstantMapsWithGatesStay) {
  NetworkBuilder b("map", {4, 4, 3});
  const int map = b.Pointwise(kNetworkInput, 3, kNone);
  b.Multiply(map, b.GlobalAveragePool(kNetworkInput));
  QuantizedNetwork q = WithWeights(std::move(b));
  q.parameters[2].output.scale = 40.0f;
  for (int c = 0; c < 3; ++c) Silence(&q, 0, c, 3 + c);
  EXPECT_THAT(Kinds(Folded(q)),
              ElementsAre(OpKind::kPointwise, OpKind::kGlobalAveragePool, OpKind::kMultiply));
}

TEST(FoldChannels, SoftmaxTakesAllChannels) {
  NetworkBuilder b("softmax", {4, 4, 3});
  b.Pointwise(b.Softmax(b.Pointwise(kNetworkInput, 5, kNone)), 2, kNone);
  QuantizedNetwork q = WithWeights(std::move(b));
  Silence(&q, 0, 2, 0);
  Ignore(&q, 2, 1);
  EXPECT_THAT(ChannelCounts(Folded(q)), ElementsAre(5, 5, 2));
}

TEST(FoldChannels, CopiesGo) {
  NetworkBuilder b("copies", {4, 4, 3});
  const int map = b.Pointwise(kNetworkInput, 4, Activation::kRelu);
  b.Reshape(b.Pointwise(b.ResizeNearest(b.Reshape(map, {4, 4, 4}), {1, 1}), 2, kNone), {4, 4, 2});
  EXPECT_THAT(Kinds(Folded(WithWeights(std::move(b)))),
              ElementsAre(OpKind::kPointwise, OpKind::kPointwise, OpKind::kReshape))
      << "but the one that is an output";
}

// One scale would be taken for that of all channels, whose multiplier TFLite rounds otherwise.
TEST(FoldChannels, ScalesPerChannelOfFullyConnectedStayScalesPerChannel) {
  NetworkBuilder b("scales", {1, 1, 6});
  b.FullyConnected(b.FullyConnected(kNetworkInput, 4), 3);
  QuantizedNetwork q = WithWeights(std::move(b));
  for (int c : {0, 1, 3}) Ignore(&q, 1, c);
  const QuantizedNetwork folded = Folded(q);
  EXPECT_THAT(ChannelCounts(folded), ElementsAre(2, 3));
  EXPECT_EQ(folded.parameters[0].weight_scales.size(), 2u);
  q.parameters[0].weight_scales = {q.parameters[0].weight_scales[2]};
  EXPECT_THAT(ChannelCounts(Folded(q)), ElementsAre(1, 3)) << "one scale for all";
}

TEST(FoldChannels, AnOperatorKeepsOneInputChannel) {
  NetworkBuilder b("empty", {4, 4, 3});
  const int first = b.Pointwise(b.Pointwise(kNetworkInput, 6, kNone), 8, kNone);
  b.Pointwise(first, 2, kNone);
  QuantizedNetwork q = WithWeights(std::move(b));
  for (int c = 0; c < 8; ++c) Silence(&q, 1, c, 10 * c);
  EXPECT_THAT(ChannelCounts(Folded(q)), ElementsAre(1, 1, 2));
}

TEST(FoldChannels, LargeAccumulatorsAreLeftAlone) {
  NetworkBuilder b("large", {1, 1, 3});
  b.Pointwise(b.Pointwise(kNetworkInput, 4, kNone), 2, kNone);
  QuantizedNetwork q = WithWeights(std::move(b));
  Silence(&q, 0, 1, 100);
  Ignore(&q, 1, 3);
  q.parameters[1].bias[0] = (1 << 30) - 50;
  q.parameters[1].weight_scales[0] = 1e-8f;
  EXPECT_THAT(ChannelCounts(Folded(q)), ElementsAre(3, 2));
  q.parameters[1].bias[0] = (1 << 30) + 50;
  EXPECT_THAT(ChannelCounts(Folded(q)), ElementsAre(3, 2));
  q.parameters[1].bias[0] = (1 << 30) - 50000;  // out of the products' reach
  EXPECT_THAT(ChannelCounts(Folded(q)), ElementsAre(2, 2));
}

TEST(FoldChannels, MultiplesAreFilledWithZeros) {
  NetworkBuilder b("multiple", {4, 4, 3});
  const int wide = b.Depthwise(b.Pointwise(kNetworkInput, 13, kNone), {3, 3}, {1, 1}, kNone);
  b.Pointwise(b.Pointwise(wide, 6, kNone), 2, kNone);
  QuantizedNetwork q = WithWeights(std::move(b));
  for (int c = 2; c < 9; ++c) Ignore(&q, 2, c);  // 6 of 13
  Ignore(&q, 3, 0);                              // 5 of 6
  EXPECT_THAT(ChannelCounts(Folded(q, 1)), ElementsAre(6, 6, 5, 2));
  EXPECT_THAT(ChannelCounts(Folded(q, 2)), ElementsAre(6, 6, 6, 2));
  EXPECT_THAT(ChannelCounts(Folded(q, 4)), ElementsAre(8, 8, 5, 2)) << "6 is no multiple of 4";
  EXPECT_THAT(ChannelCounts(Folded(q, 16)), ElementsAre(6, 6, 5, 2));
  const QuantizedParameters filled = Folded(q, 4).parameters[0];
  int fillers = 0;
  for (size_t c = 0; c < 8; ++c) {
    const auto first = filled.weights.begin() + static_cast<int>(3 * c);
    const bool zero = std::all_of(first, first + 3, [](int8_t w) { return w == 0; });
    fillers += zero && filled.bias[c] == 0;
  }
  EXPECT_EQ(fillers, 2);
  const FoldReport report = FoldChannels(q).report;
  EXPECT_EQ(report.least_macs, FoldChannels(q, {1}).report.macs_after);
  EXPECT_LT(report.least_macs, report.macs_after);
}

TEST(FoldChannels, NoOperatorComesBackToFillAMultiple) {
  NetworkBuilder b("multiple", {4, 4, 3});
  const int first = b.Pointwise(kNetworkInput, 3, kNone);
  const int dead = b.Pointwise(kNetworkInput, 3, kNone);
  const int other = b.Pointwise(kNetworkInput, 6, kNone);
  b.Pointwise(b.Add(b.Concatenation({first, dead}), other), 2, kNone);
  QuantizedNetwork q = WithWeights(std::move(b));
  for (int c : {1, 3, 4, 5}) Ignore(&q, 5, c);
  EXPECT_THAT(ChannelCounts(Folded(q, 1)), ElementsAre(2, 2, 2, 2));
  EXPECT_THAT(ChannelCounts(Folded(q, 4)), ElementsAre(2, 2, 2, 2));
  EXPECT_THAT(ChannelCounts(Folded(q, 3)), ElementsAre(3, 3, 3, 2));
}

TEST(FoldChannels, EnormousNetworksAreLeftAlone) {
  NetworkBuilder b("enormous", {1, 1, 1 << 20});
  b.MaxPool(kNetworkInput, {1, 1}, {1, 1});
  b.FullyConnected(b.Reshape(b.GlobalAveragePool(kNetworkInput), {1 << 10, 1 << 10, 1}), 1);
  const FoldedNetwork folded = FoldChannels(WithWeights(std::move(b)));
  EXPECT_FALSE(folded.report.changed());
  EXPECT_EQ(folded.report.macs_after.value, 1 << 20);
  EXPECT_EQ(folded.report.operators_after, 4) << "though nobody reads the first";
}

TEST(FoldChannels, FoldingTwiceIsFoldingOnce) {
  NetworkBuilder b("twice", {4, 4, 3});
  b.Pointwise(b.Conv(kNetworkInput, 11, {3, 3}, {1, 1}, kNone), 6, kNone);
  QuantizedNetwork q = WithWeights(std::move(b));
  for (int c = 0; c < 5; ++c) Silence(&q, 0, c, c);
  const FoldOptions in_fours{4};
  const FoldedNetwork once = FoldChannels(q, in_fours),
                      twice = FoldChannels(once.network, in_fours);
  EXPECT_EQ(once.report.channels_removed(), 3);
  EXPECT_FALSE(twice.report.changed());
  EXPECT_EQ(NetworkHash(twice.network.network), NetworkHash(once.network.network));
}

}  // namespace
}  // namespace mcunas
