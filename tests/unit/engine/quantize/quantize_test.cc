// Quantised networks stay close to float ones; scales, zero points and special channels follow
// their rules.

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/arithmetic/requantization.h"
#include "engine/quantize/quantize.h"
#include "engine/quantize/run_float.h"
#include "engine/reference/interpreter.h"
#include "engine/reference/weighted_sums.h"
#include "float_fixture.h"
#include "network/image_batch.h"

namespace mcunas {
namespace {

using test::RandomFloatNetwork;
using test::RandomImages;

QuantizedNetwork MustQuantize(const FloatNetwork& network, const ImageBatch& images,
                              const QuantizeOptions& options = {}) {
  Expected<QuantizedNetwork> result = Quantize(network, images, options);
  EXPECT_TRUE(result.ok()) << result.error().message;
  return *std::move(result);
}

// A pointwise operator without bias on one pixel of `weights.size() / outputs` channels.
FloatNetwork OnePointwise(std::vector<float> weights, int outputs, Activation activation) {
  NetworkBuilder b("pointwise", {1, 1, static_cast<int>(weights.size()) / outputs});
  b.Pointwise(kNetworkInput, outputs, activation);
  FloatNetwork network{std::move(b).Finish(), std::vector<FloatParameters>(1)};
  network.parameters[0].weights = std::move(weights);
  return network;
}

double Real(int8_t q, const TensorQuantization& t) { return t.scale * (q - t.zero_point); }

void ExpectCloseToFloat(const FloatNetwork& network) {
  const ImageBatch images = RandomImages(network.network.input, 16, 12);
  const QuantizedNetwork quantized = MustQuantize(network, images);
  const std::vector<int8_t> bytes = QuantizeImages(images, quantized.input);
  const auto floats = RunFloat(network, images);
  const auto size = static_cast<size_t>(images.shape.elements());
  for (size_t n = 0; n < 16; ++n) {
    const auto outputs = RunReferenceAllTensors(quantized, {&bytes[n * size], size});
    for (size_t op = 0; op < outputs.size(); ++op) {
      double error = 0, energy = 0;
      for (size_t i = 0; i < outputs[op].size(); ++i) {
        const double real = floats[op][n * outputs[op].size() + i];
        error += std::pow(Real(outputs[op][i], quantized.parameters[op].output) - real, 2);
        energy += real * real;
      }
      // Signal to noise of at least 24 dB through eight operators.
      EXPECT_LT(error, energy / 256) << "image " << n << " operator " << op;
    }
  }
}

TEST(Quantize, EveryOperatorStaysCloseToFloat) {
  ExpectCloseToFloat(RandomFloatNetwork(test::EveryOperator(), 11));
}

// A map times the gate of its channels.
Network GatedHardSwish(const Shape& input) {
  NetworkBuilder b("gated", input);
  const int map = b.HardSwish(kNetworkInput);
  b.Multiply(map, b.Logistic(b.GlobalAveragePool(map)));
  return std::move(b).Finish();
}

TEST(Quantize, GatesAndHardSwishStayCloseToFloat) {
  ExpectCloseToFloat(RandomFloatNetwork(GatedHardSwish({7, 6, 8}), 1));
}

// Outputs in a range so narrow that the multiplier would be 1 or more get the widest step that the
// arithmetic can fill.
TEST(Quantize, NarrowHardSwishAndProductsKeepTheirMultipliersBelowOne) {
  const FloatNetwork network = RandomFloatNetwork(GatedHardSwish({1, 1, 2}), 1);
  const QuantizedNetwork q = MustQuantize(network, {1, {1, 1, 2}, {-20, 0.001f}, {}});
  const TensorQuantization &swish = q.parameters[0].output, &gate = q.parameters[2].output;
  EXPECT_EQ(gate, (TensorQuantization{1.0f / 256, -128}));
  EXPECT_NEAR(swish.scale / (q.input.scale / 128), 1, 1e-5);
  EXPECT_GT(swish.scale, q.input.scale / 128);
  const float product = swish.scale * gate.scale;
  EXPECT_GT(q.parameters[3].output.scale, product);
}

template <typename T>
size_t Best(const T* first, size_t count) {
  return static_cast<size_t>(std::max_element(first, first + count) - first);
}

// The classes of 300 images, with float and with int8 arithmetic; random weights give close calls,
// so a trained network agrees more often.
TEST(Quantize, ClassifiesAsFloatDoes) {
  const FloatNetwork network = RandomFloatNetwork(test::EveryOperator(), 21);
  const QuantizedNetwork quantized =
      MustQuantize(network, RandomImages(network.network.input, 64, 22));
  const ImageBatch images = RandomImages(network.network.input, 300, 23);
  const std::vector<int8_t> bytes = QuantizeImages(images, quantized.input);
  const std::vector<float> logits = RunFloat(network, images).back();
  const auto size = static_cast<size_t>(images.shape.elements());
  int agree = 0;
  for (size_t n = 0; n < 300; ++n) {
    const std::vector<int8_t> output = RunReference(quantized, {&bytes[n * size], size});
    agree += Best(output.data(), 5) == Best(&logits[n * 5], 5);
  }
  EXPECT_GE(agree, 285);
}

TEST(Quantize, IsDeterministic) {
  const FloatNetwork network = RandomFloatNetwork(test::EveryOperator(), 11);
  const ImageBatch images = RandomImages(network.network.input, 4, 12);
  const QuantizedNetwork a = MustQuantize(network, images), b = MustQuantize(network, images);
  for (size_t i = 0; i < a.parameters.size(); ++i) {
    EXPECT_EQ(a.parameters[i].weights, b.parameters[i].weights);
    EXPECT_EQ(a.parameters[i].bias, b.parameters[i].bias);
    EXPECT_EQ(a.parameters[i].weight_scales, b.parameters[i].weight_scales);
    EXPECT_EQ(a.parameters[i].output, b.parameters[i].output);
  }
}

TEST(Quantize, NamesTheRoundingOfEveryOperator) {
  const FloatNetwork network = RandomFloatNetwork(test::EveryOperator(), 11);
  const ImageBatch images = RandomImages(network.network.input, 2, 12);
  for (RoundingMode mode : {RoundingMode::kTflite, RoundingMode::kTflm}) {
    const QuantizedNetwork q = MustQuantize(network, images, {mode, 0.0});
    EXPECT_EQ(q.rounding_mode, mode);
    EXPECT_EQ(q.parameters[0].rounding, Rounding::kDouble);
    EXPECT_EQ(q.parameters.back().rounding,
              mode == RoundingMode::kTflite ? Rounding::kSingle : Rounding::kDouble);
  }
}

TEST(Quantize, ScaleAndZeroPointContainZeroAndReachBothEnds) {
  const FloatNetwork network = OnePointwise({1, 0, 0, 1}, 2, Activation::kNone);
  const QuantizedNetwork q = MustQuantize(network, {2, {1, 1, 2}, {-1, 4.1f, 0, 0}, {}});
  EXPECT_FLOAT_EQ(q.input.scale, 5.1f / 255);
  EXPECT_EQ(q.input.zero_point, -78);  // -128 + 50
  EXPECT_EQ(q.parameters[0].output, q.input);
  // Positive values only: the range starts at 0 all the same.
  const QuantizedNetwork positive = MustQuantize(network, {1, {1, 1, 2}, {3, 5.1f}, {}});
  EXPECT_FLOAT_EQ(positive.input.scale, 5.1f / 255);
  EXPECT_EQ(positive.input.zero_point, -128);
  // And negative ones end at 0.
  const QuantizedNetwork negative = MustQuantize(network, {1, {1, 1, 2}, {-3, -5.1f}, {}});
  EXPECT_EQ(negative.input.zero_point, 127);
}

TEST(Quantize, RangesAreThoseAfterTheActivation) {
  const FloatNetwork network = OnePointwise({10}, 1, Activation::kRelu6);
  const QuantizedNetwork q = MustQuantize(network, {2, {1, 1, 1}, {-1, 1}, {}});
  EXPECT_FLOAT_EQ(q.parameters[0].output.scale, 6.0f / 255);
  EXPECT_EQ(q.parameters[0].output.zero_point, -128);
  EXPECT_EQ(RunReference(q, QuantizeImages({1, {1, 1, 1}, {-1}, {}}, q.input))[0], -128);
  EXPECT_EQ(RunReference(q, QuantizeImages({1, {1, 1, 1}, {1}, {}}, q.input))[0], 127);
}

TEST(Quantize, WeightsAreSymmetricPerChannel) {
  const FloatNetwork network = OnePointwise({0.5f, -1.27f, 0.02f, 0.127f}, 2, Activation::kNone);
  const QuantizedNetwork q = MustQuantize(network, RandomImages({1, 1, 2}, 50, 1));
  EXPECT_EQ(q.parameters[0].weights, (std::vector<int8_t>{50, -127, 20, 127}));
  EXPECT_FLOAT_EQ(q.parameters[0].weight_scales[0], 0.01f);
  EXPECT_FLOAT_EQ(q.parameters[0].weight_scales[1], 0.001f);
}

TEST(Quantize, WeightsOfFourBitsReachSeven) {
  FloatNetwork network = OnePointwise({1.2f, -2.0f, 0.5f, 0.3f}, 2, Activation::kNone);
  network.network.operators[0].weight_bits = 4;
  const QuantizedNetwork q = MustQuantize(network, RandomImages(network.network.input, 4, 5));
  EXPECT_EQ(q.parameters[0].weights, (std::vector<int8_t>{4, -7, 7, 4}));
  EXPECT_FLOAT_EQ(q.parameters[0].weight_scales[0], 2.0f / 7);
  EXPECT_FLOAT_EQ(q.parameters[0].weight_scales[1], 0.5f / 7);
}

TEST(Quantize, PoolsKeepTheQuantisationOfTheirInput) {
  const QuantizedNetwork q =
      MustQuantize(RandomFloatNetwork(test::EveryOperator(), 11), RandomImages({11, 9, 3}, 4, 12));
  EXPECT_EQ(q.parameters[6].output, q.parameters[5].output);
  EXPECT_EQ(q.parameters[7].output, q.parameters[5].output);
}

TEST(Quantize, DeadChannelsKeepTheirBias) {
  FloatNetwork network = OnePointwise({0, 0, 1, 0.5f, 0, 0}, 3, Activation::kRelu);
  network.parameters[0].bias = {1.25f, 0, -2};
  const ImageBatch images = RandomImages({1, 1, 2}, 100, 7);
  const QuantizedNetwork q = MustQuantize(network, images);
  const std::vector<int8_t> out =
      RunReference(q, QuantizeImages({1, {1, 1, 2}, {0.3f, -0.2f}, {}}, q.input));
  EXPECT_NEAR(Real(out[0], q.parameters[0].output), 1.25, q.parameters[0].output.scale);
  EXPECT_EQ(Real(out[2], q.parameters[0].output), 0);
  EXPECT_EQ(q.parameters[0].weights[0], 0);
  for (const FixedMultiplier& m : OutputMultipliers(q, 0)) EXPECT_GT(m.multiplier, 0);
}

TEST(Quantize, ConstantTensorsAndTinyWeightsStayLegal) {
  FloatNetwork network = OnePointwise({1e-38f, 1e-30f, 1e-20f, 0}, 2, Activation::kRelu);
  network.parameters[0].bias = {-1, -1e-30f};
  const QuantizedNetwork q = MustQuantize(network, {1, {1, 1, 2}, {0, 0}, {}});
  EXPECT_GT(q.input.scale, 0);
  EXPECT_GT(q.parameters[0].output.scale, 0);
  const std::vector<int8_t> out = RunReference(q, std::vector<int8_t>{127, -128});
  EXPECT_EQ(Real(out[0], q.parameters[0].output), 0);
}

// Biases of 1e6 beside weights of 1e-6: 32 bits at the natural scale would overflow.
TEST(Quantize, HugeBiasesDoNotOverflowTheAccumulator) {
  FloatNetwork network = OnePointwise({1e-6f, 1e-6f, 1, 1}, 2, Activation::kNone);
  network.parameters[0].bias = {1e6f, -1e6f};
  const ImageBatch images = RandomImages({1, 1, 2}, 20, 3);
  const QuantizedNetwork q = MustQuantize(network, images);
  for (int8_t low : {-128, 127}) {
    const std::vector<int8_t> input = {low, low};
    for (int32_t acc : RunReferenceAccumulators(q, 0, input)) EXPECT_LT(std::abs(acc), 1 << 30);
    const std::vector<int8_t> out = RunReference(q, input);
    EXPECT_NEAR(Real(out[0], q.parameters[0].output), 1e6, 8000);
    EXPECT_NEAR(Real(out[1], q.parameters[0].output), -1e6, 8000);
  }
}

// Calibration never sees the channel positive; a large input later must saturate, not wrap.
TEST(Quantize, MultipliersStayBelowOne) {
  FloatNetwork network = OnePointwise({100, 1e-3f}, 2, Activation::kRelu);
  network.parameters[0].bias = {-1e5f, 0};
  const QuantizedNetwork q = MustQuantize(network, {2, {1, 1, 1}, {1, -0.5f}, {}});
  for (const FixedMultiplier& m : OutputMultipliers(q, 0)) EXPECT_LE(m.shift, 0);
  const std::vector<int8_t> out = RunReference(q, std::vector<int8_t>{127});
  EXPECT_EQ(Real(out[0], q.parameters[0].output), 0);
}

TEST(Quantize, PercentilesCutOutliers) {
  const FloatNetwork network = OnePointwise({1}, 1, Activation::kNone);
  ImageBatch images = RandomImages({1, 1, 1}, 10000, 9);
  images.pixels[17] = 100;
  images.pixels[18] = -50;
  const float plain = MustQuantize(network, images).input.scale;
  EXPECT_FLOAT_EQ(plain, 150.0f / 255);
  const QuantizedNetwork cut = MustQuantize(network, images, {RoundingMode::kTflite, 0.001});
  // The 0.1 % quantiles of a normal distribution lie at +-3.09.
  EXPECT_NEAR(cut.input.scale * 255, 6.18, 0.6);
  EXPECT_NEAR(cut.parameters[0].output.scale * 255, 6.18, 0.6);
}

TEST(QuantizeImages, RoundsToNearestAndSaturates) {
  const ImageBatch images{1, {1, 1, 7}, {0, 0.26f, -0.26f, 0.24f, 100, -100, NAN}, {}};
  EXPECT_EQ(QuantizeImages(images, {0.5f, 10}),
            (std::vector<int8_t>{10, 11, 9, 10, 127, -128, 10}));
}

}  // namespace
}  // namespace mcunas
