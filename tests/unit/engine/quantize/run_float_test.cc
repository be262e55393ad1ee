// Float inference against its definition, and batch norm folding.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "engine/quantize/fold_batch_norm.h"
#include "engine/quantize/run_float.h"
#include "float_fixture.h"
#include "network/image_batch.h"

namespace mcunas {
namespace {

using test::RandomFloatNetwork;
using test::RandomImages;

// One operator with weights, straight from the definition, with coordinates written out.
double Definition(const Operator& op, const FloatParameters& p, const float* input, int y, int x,
                  int o) {
  double sum = p.bias[static_cast<size_t>(o)];
  for (int ky = 0; ky < op.kernel.height; ++ky) {
    for (int kx = 0; kx < op.kernel.width; ++kx) {
      const int in_y = y * op.stride.height + ky - op.padding.top;
      const int in_x = x * op.stride.width + kx - op.padding.left;
      if (in_y < 0 || in_x < 0 || in_y >= op.in.height || in_x >= op.in.width) continue;
      for (int i = 0; i < op.in.channels; ++i) {
        if (op.kind == OpKind::kDepthwise && i != o) continue;
        const int tap = ky * op.kernel.width + kx;
        const int weight =
            op.kind == OpKind::kDepthwise
                ? tap * op.in.channels + o
                : (o * op.kernel.height * op.kernel.width + tap) * op.in.channels + i;
        sum += p.weights[static_cast<size_t>(weight)] *
               input[(in_y * op.in.width + in_x) * op.in.channels + i];
      }
    }
  }
  return sum;
}

class WindowTest : public testing::TestWithParam<std::tuple<OpKind, int, int>> {};

TEST_P(WindowTest, EqualsTheDefinition) {
  const auto [kind, kernel, stride] = GetParam();
  NetworkBuilder b("one", {7, 10, 4});
  if (kind == OpKind::kDepthwise) {
    b.Depthwise(kNetworkInput, Extent(kernel), Extent(stride), Activation::kNone);
  } else {
    b.Conv(kNetworkInput, 6, Extent(kernel), Extent(stride), Activation::kNone);
  }
  FloatNetwork network = RandomFloatNetwork(std::move(b).Finish(), 3);
  network.parameters[0].batch_norm = {};
  const Operator& op = network.network.operators[0];
  const ImageBatch images = RandomImages({7, 10, 4}, 2, 4);
  const std::vector<float> output = RunFloat(network, images)[0];
  ASSERT_EQ(output.size(), static_cast<size_t>(2 * op.out.elements()));
  size_t i = 0;
  for (int n = 0; n < 2; ++n) {
    const float* image = &images.pixels[static_cast<size_t>(n * 280)];
    for (int y = 0; y < op.out.height; ++y) {
      for (int x = 0; x < op.out.width; ++x) {
        for (int c = 0; c < op.out.channels; ++c, ++i) {
          ASSERT_NEAR(output[i], Definition(op, network.parameters[0], image, y, x, c), 1e-4);
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, WindowTest,
                         testing::Combine(testing::Values(OpKind::kConv, OpKind::kDepthwise),
                                          testing::Values(1, 3, 5, 7), testing::Values(1, 2)));

TEST(RunFloat, PoolsSkipPadding) {
  NetworkBuilder b("pools", {3, 3, 1});
  b.AveragePool(kNetworkInput, {3, 3}, {2, 2});
  b.GlobalAveragePool(0);
  const FloatNetwork network{std::move(b).Finish(), std::vector<FloatParameters>(2)};
  const auto outputs = RunFloat(network, {1, {3, 3, 1}, {1, 2, 3, 4, 5, 6, 7, 8, 9}, {}});
  EXPECT_EQ(outputs[0], (std::vector<float>{3, 4, 6, 7}));
  EXPECT_EQ(outputs[1], (std::vector<float>{5}));
}

TEST(RunFloat, ActivationsClamp) {
  for (Activation activation : {Activation::kNone, Activation::kRelu, Activation::kRelu6}) {
    NetworkBuilder b("add", {1, 1, 3});
    b.Add(kNetworkInput, kNetworkInput, activation);
    const FloatNetwork network{std::move(b).Finish(), std::vector<FloatParameters>(1)};
    const auto outputs = RunFloat(network, {1, {1, 1, 3}, {-1, 1, 5}, {}});
    const float low = activation == Activation::kNone ? -2.0f : 0.0f;
    const float high = activation == Activation::kRelu6 ? 6.0f : 10.0f;
    EXPECT_EQ(outputs[0], (std::vector<float>{low, 2, high}));
  }
}

TEST(RunFloat, FunctionsOfOneValue) {
  NetworkBuilder b("functions", {1, 1, 6});
  b.HardSwish(kNetworkInput);
  b.Logistic(kNetworkInput);
  const FloatNetwork network{std::move(b).Finish(), std::vector<FloatParameters>(2)};
  const auto outputs = RunFloat(network, {1, {1, 1, 6}, {-4, -3, 0, 1, 3, 5}, {}});
  EXPECT_EQ(outputs[0], (std::vector<float>{0, 0, 0, 4.0f / 6, 3, 5}));
  EXPECT_EQ(outputs[1][2], 0.5f);
  EXPECT_NEAR(outputs[1][3] / (1 - outputs[1][3]), std::exp(1.0), 1e-5);
  EXPECT_NEAR(outputs[1][0] + 1 / (1 + std::exp(-4.0)), 1, 1e-6);
}

TEST(RunFloat, AShorterFactorIsOnePerChannel) {
  NetworkBuilder b("gate", {1, 2, 2});
  b.Multiply(kNetworkInput, b.GlobalAveragePool(kNetworkInput));
  const FloatNetwork network{std::move(b).Finish(), std::vector<FloatParameters>(2)};
  const auto outputs = RunFloat(network, {1, {1, 2, 2}, {1, 2, 3, 6}, {}});
  EXPECT_EQ(outputs[1], (std::vector<float>{2, 8, 6, 24}));
}

TEST(RunFloat, FullyConnectedReadsTheMapRowByRow) {
  NetworkBuilder b("fc", {2, 1, 2});
  b.FullyConnected(kNetworkInput, 2);
  FloatNetwork network{std::move(b).Finish(), std::vector<FloatParameters>(1)};
  network.parameters[0].weights = {1, 10, 100, 1000, 0, 0, 0, -1};
  const auto outputs = RunFloat(network, {1, {2, 1, 2}, {1, 2, 3, 4}, {}});
  EXPECT_EQ(outputs[0], (std::vector<float>{4321, -4}));
}

TEST(FoldBatchNorm, ComputesTheSameFunction) {
  const FloatNetwork network = RandomFloatNetwork(test::EveryOperator(), 5);
  const FloatNetwork folded = FoldBatchNorm(network);
  const ImageBatch images = RandomImages(network.network.input, 3, 6);
  const auto before = RunFloat(network, images), after = RunFloat(folded, images);
  for (size_t op = 0; op < before.size(); ++op) {
    EXPECT_TRUE(folded.parameters[op].batch_norm.gamma.empty());
    for (size_t i = 0; i < before[op].size(); ++i) {
      ASSERT_NEAR(before[op][i], after[op][i], 1e-4) << "operator " << op;
    }
  }
  EXPECT_NE(network.parameters[0].weights, folded.parameters[0].weights);
}

TEST(FoldBatchNorm, KnownChannelAndAbsentBias) {
  NetworkBuilder b("one", {1, 1, 1});
  b.Pointwise(kNetworkInput, 2, Activation::kNone);
  FloatNetwork network{std::move(b).Finish(), std::vector<FloatParameters>(1)};
  network.parameters[0].weights = {3, 5};
  network.parameters[0].batch_norm = {{2, 1}, {7, 0}, {10, 0}, {4, 0.25f}, 0.0f};
  const FloatParameters folded = FoldBatchNorm(network).parameters[0];
  EXPECT_EQ(folded.weights, (std::vector<float>{3, 10}));  // * 2 / sqrt(4), * 1 / sqrt(0.25)
  EXPECT_EQ(folded.bias, (std::vector<float>{-3, 0}));     // (0 - 10) * 1 + 7
}

}  // namespace
}  // namespace mcunas
