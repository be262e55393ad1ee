// Fixed-point multipliers, both roundings, the constants of add and the clamps of activations.
#include "engine/arithmetic/requantization.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "common/names.h"
#include "common/random.h"
#include "network/network_builder.h"

namespace mcunas {
namespace {

constexpr int32_t kMin = std::numeric_limits<int32_t>::min();
constexpr int32_t kMax = std::numeric_limits<int32_t>::max();
constexpr int32_t kHalf = 1 << 30;  // multiplier of 0.5

void ExpectMultiplier(double real, int32_t multiplier, int shift) {
  const FixedMultiplier m = QuantizeMultiplier(real);
  EXPECT_EQ(m.multiplier, multiplier) << real;
  EXPECT_EQ(m.shift, shift) << real;
}

TEST(QuantizeMultiplier, KnownValues) {
  ExpectMultiplier(0.0, 0, 0);
  ExpectMultiplier(0.5, kHalf, 0);
  ExpectMultiplier(1.0, kHalf, 1);
  ExpectMultiplier(0.25, kHalf, -1);
  ExpectMultiplier(0.75, 3 << 29, 0);
  ExpectMultiplier(3.0, 3 << 29, 2);
  ExpectMultiplier(0.1, 1717986918, -3);      // 0.8 * 2^31 = 1717986918.4
  ExpectMultiplier(1.0 / 3, 1431655765, -1);  // 2/3 * 2^31 = 1431655765.33
}

TEST(QuantizeMultiplier, FractionThatRoundsUpToOneBecomesAHalf) {
  ExpectMultiplier(1.0 - 0x1p-40, kHalf, 1);
  ExpectMultiplier(std::ldexp(1.0 - 0x1p-40, -5), kHalf, -4);
}

TEST(QuantizeMultiplier, TooSmallIsZero) {
  ExpectMultiplier(0x1p-32, kHalf, -31);
  ExpectMultiplier(0x1p-33, 0, 0);
  ExpectMultiplier(0x1.8p-33, 0, 0);
  ExpectMultiplier(1e-300, 0, 0);
}

TEST(QuantizeMultiplier, StaysWithinHalfAStepOfTheRealNumber) {
  RandomStream random(1, "multipliers");
  for (int i = 0; i < 20000; ++i) {
    const double real = std::exp(-20 + 24 * random.Unit());
    const FixedMultiplier m = QuantizeMultiplier(real);
    ASSERT_GE(m.multiplier, kHalf) << real;
    const double back = std::ldexp(static_cast<double>(m.multiplier), m.shift - 31);
    ASSERT_LE(std::abs(back - real), real * 0x1p-31) << real;
  }
}

int32_t Double(int32_t value, double real) {
  return MultiplyByQuantizedMultiplier(value, QuantizeMultiplier(real), Rounding::kDouble);
}
int32_t Single(int32_t value, double real) {
  return MultiplyByQuantizedMultiplier(value, QuantizeMultiplier(real), Rounding::kSingle);
}

TEST(Multiply, DoubleRoundsSecondHalvesAwayFromZero) {
  // 0.25 = half, then a division by 2 that rounds half away from zero.
  EXPECT_EQ(Double(4, 0.25), 1);
  EXPECT_EQ(Double(6, 0.25), 2);    // 3 / 2
  EXPECT_EQ(Double(-6, 0.25), -2);  // -3 / 2
  EXPECT_EQ(Double(-4, 0.25), -1);
}

TEST(Multiply, DoubleRoundsFirstHalvesUp) {
  EXPECT_EQ(Double(3, 0.5), 2);
  EXPECT_EQ(Double(-3, 0.5), -1);
  EXPECT_EQ(Double(-1, 0.5), 0);
}

TEST(Multiply, SingleRoundsHalvesUp) {
  EXPECT_EQ(Single(6, 0.25), 2);
  EXPECT_EQ(Single(-6, 0.25), -1);
  EXPECT_EQ(Single(-7, 0.25), -2);
  EXPECT_EQ(Single(-3, 0.5), -1);
}

TEST(Multiply, TheModesDifferWhereTheFirstRoundingReachesAHalf) {
  // 5 / 4 = 1.25: rounded to 3 halves first, then to 2.
  EXPECT_EQ(Double(5, 0.25), 2);
  EXPECT_EQ(Single(5, 0.25), 1);
}

TEST(Multiply, LeftShifts) {
  for (Rounding rounding : {Rounding::kDouble, Rounding::kSingle}) {
    EXPECT_EQ(MultiplyByQuantizedMultiplier(7, QuantizeMultiplier(3.0), rounding), 21);
    EXPECT_EQ(MultiplyByQuantizedMultiplier(-7, QuantizeMultiplier(1.0), rounding), -7);
    EXPECT_EQ(MultiplyByQuantizedMultiplier(-5, QuantizeMultiplier(256.0), rounding), -1280);
  }
}

TEST(Multiply, Extremes) {
  EXPECT_EQ(Double(kMin, 0.5), kMin / 2);
  EXPECT_EQ(Double(kMax, 0.5), kHalf);
  EXPECT_EQ(Double(kMin, 0x1p-32), -1);  // a half, away from zero
  EXPECT_EQ(Double(kMax, 0x1p-32), 1);
  EXPECT_EQ(Single(kMin, 0x1p-32), 0);  // a half, up
  // The one product of the first step that does not fit 32 bits.
  EXPECT_EQ(MultiplyByQuantizedMultiplier(kMin, {kMin, 0}, Rounding::kDouble), kMax);
  EXPECT_EQ(Single(kMax, 4.0), kMax);
  EXPECT_EQ(Single(kMin, 4.0), kMin);
  EXPECT_EQ(MultiplyByQuantizedMultiplier(kMax, {}, Rounding::kDouble), 0);
  EXPECT_EQ(MultiplyByQuantizedMultiplier(kMax, {}, Rounding::kSingle), 0);
}

TEST(Multiply, BothStayWithinOneOfTheRealProduct) {
  RandomStream random(2, "multiply");
  int differences = 0;
  for (int i = 0; i < 100000; ++i) {
    const auto value = static_cast<int32_t>(random.Between(-(1 << 24), 1 << 24));
    const double real = std::exp(-12 + 11 * random.Unit());
    const int32_t two = Double(value, real), one = Single(value, real);
    ASSERT_LE(std::abs(one - value * real), 0.51) << value << " * " << real;
    ASSERT_LE(std::abs(two - value * real), 1.01) << value << " * " << real;
    differences += one != two;
  }
  EXPECT_GT(differences, 0);
  EXPECT_LT(differences, 30000);
}

TEST(Rounding, FollowsTheRuntimePerOperator) {
  EXPECT_EQ(OperatorRounding(OpKind::kFullyConnected, RoundingMode::kTflite), Rounding::kSingle);
  EXPECT_EQ(OperatorRounding(OpKind::kFullyConnected, RoundingMode::kTflm), Rounding::kDouble);
  for (RoundingMode mode : {RoundingMode::kTflite, RoundingMode::kTflm}) {
    for (OpKind kind : {OpKind::kConv, OpKind::kPointwise, OpKind::kDepthwise, OpKind::kAdd}) {
      EXPECT_EQ(OperatorRounding(kind, mode), Rounding::kDouble);
    }
  }
  EXPECT_STREQ(NameOf(kRoundingModes, RoundingMode::kTflm), "tflm");
  EXPECT_STREQ(NameOf(kRoundingModes, RoundingMode::kTflite), "tflite");
}

TEST(ActivationClamp, FollowsScaleAndZeroPoint) {
  const auto clamp = [](Activation activation, float scale, int zero_point) {
    const Clamp c = ActivationClamp(activation, {scale, zero_point});
    return std::pair<int, int>(c.low, c.high);
  };
  EXPECT_EQ(clamp(Activation::kNone, 0.1f, 5), std::pair(-128, 127));
  EXPECT_EQ(clamp(Activation::kRelu, 0.1f, -20), std::pair(-20, 127));
  EXPECT_EQ(clamp(Activation::kRelu6, 0.1f, -20), std::pair(-20, 40));
  EXPECT_EQ(clamp(Activation::kRelu6, 6.0f / 255, -128), std::pair(-128, 127));
  EXPECT_EQ(clamp(Activation::kRelu6, 4.0f, 0), std::pair(0, 2));  // 1.5 rounds away from zero
  EXPECT_EQ(clamp(Activation::kRelu6, 1e-30f, 0), std::pair(0, 127));
}

QuantizedNetwork Sum(float first, float second, float output) {
  NetworkBuilder b("sum", {1, 1, 4});
  b.Pointwise(kNetworkInput, 4, Activation::kNone);
  b.Add(kNetworkInput, 0);
  QuantizedNetwork q;
  q.network = std::move(b).Finish();
  q.input.scale = first;
  q.parameters.resize(2);
  q.parameters[0].output.scale = second;
  q.parameters[0].weight_scales = {0.5f, 0.25f, 0.125f, 0.0f};
  q.parameters[1].output.scale = output;
  return q;
}

TEST(AddConstants, ScaleByTheLargerOperandTwice) {
  const AddConstants c = DeriveAddConstants(Sum(0.5f, 0.125f, 0.25f), 1);
  EXPECT_EQ(c.left_shift, 20);
  EXPECT_EQ(c.first.multiplier, kHalf);  // 0.5 / 1
  EXPECT_EQ(c.first.shift, 0);
  EXPECT_EQ(c.second.shift, -2);  // 0.125 / 1
  EXPECT_EQ(c.output.multiplier, kHalf);
  EXPECT_EQ(c.output.shift, -17);  // 1 / (2^20 * 0.25) = 2^-18
}

TEST(OutputMultipliers, OnePerChannel) {
  const std::vector<FixedMultiplier> m = OutputMultipliers(Sum(0.5f, 0.25f, 1.0f), 0);
  ASSERT_EQ(m.size(), 4u);  // 0.5 * w / 0.25 = 1, 1/2, 1/4, 0
  EXPECT_EQ(m[0].shift, 1);
  EXPECT_EQ(m[1].shift, 0);
  EXPECT_EQ(m[2].shift, -1);
  EXPECT_EQ(m[3].multiplier, 0);
}

}  // namespace
}  // namespace mcunas
