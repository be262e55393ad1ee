// Against the real functions: TFLite's approximations are good to some 2^-24.
#include "engine/arithmetic/fixed_point.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "common/random.h"

namespace mcunas {
namespace {

constexpr int32_t kMax = std::numeric_limits<int32_t>::max();
constexpr int32_t kMin = std::numeric_limits<int32_t>::min();

double Real(int32_t value, int fraction_bits) { return std::ldexp(value, -fraction_bits); }

TEST(FixedPoint, HighMultiplicationRoundsAndSaturates) {
  EXPECT_EQ(SaturatingRoundingDoublingHighMul(kMin, kMin), kMax);
  EXPECT_EQ(SaturatingRoundingDoublingHighMul(1 << 30, 3), 2);    // 1.5 goes up
  EXPECT_EQ(SaturatingRoundingDoublingHighMul(1 << 30, -3), -1);  // -1.5 goes up
}

TEST(FixedPoint, DivisionRoundsHalvesAwayFromZero) {
  EXPECT_EQ(RoundingDivideByPowerOfTwo(6, 2), 2);
  EXPECT_EQ(RoundingDivideByPowerOfTwo(-6, 2), -2);
  EXPECT_EQ(RoundingDivideByPowerOfTwo(5, 2), 1);
  EXPECT_EQ(RoundingDivideByPowerOfTwo(kMin, 31), -1);
  EXPECT_EQ(RoundingDivideByPowerOfTwo(kMax, 0), kMax);
}

TEST(FixedPoint, ExponentialOfEveryMagnitude) {
  RandomStream random(1, "exp");
  for (int bits : {4, 5}) {
    EXPECT_EQ(ExpOfNegative(0, bits), kMax);
    for (int i = 0; i < 20000; ++i) {
      const auto a = static_cast<int32_t>(-random.Between(0, int64_t{1} << random.Between(1, 31)));
      EXPECT_NEAR(Real(ExpOfNegative(a, bits), 31), std::exp(Real(a, 31 - bits)), 3e-7) << a;
    }
  }
  EXPECT_EQ(ExpOfNegative(kMin, 5), 0);
}

TEST(FixedPoint, Reciprocals) {
  RandomStream random(2, "reciprocal");
  for (int i = 0; i < 20000; ++i) {
    const auto a = static_cast<int32_t>(random.Between(0, kMax));
    EXPECT_NEAR(Real(ReciprocalOfOnePlus(a), 31), 1 / (1 + Real(a, 31)), 1e-8) << a;
    const auto x = static_cast<int32_t>(random.Between(1, int64_t{1} << random.Between(1, 31)) - 1);
    if (x == 0) continue;
    const Reciprocal r = ReciprocalOf(x);
    const double expected = 1 / Real(x, 19);
    EXPECT_NEAR(std::ldexp(Real(r.mantissa, 31), -r.exponent) / expected, 1, 1e-8) << x;
  }
}

TEST(FixedPoint, Logistic) {
  RandomStream random(3, "logistic");
  EXPECT_EQ(LogisticOf(0), 1 << 30);
  for (int i = 0; i < 20000; ++i) {
    const auto a = static_cast<int32_t>(random.Between(kMin + 1, kMax));
    EXPECT_NEAR(Real(LogisticOf(a), 31), 1 / (1 + std::exp(-Real(a, 27))), 3e-7) << a;
  }
}

TEST(FixedPoint, Tanh) {
  RandomStream random(4, "tanh");
  EXPECT_EQ(TanhOf(0), 0);
  for (int i = 0; i < 20000; ++i) {
    const auto a = static_cast<int32_t>(random.Between(kMin + 1, kMax));
    EXPECT_NEAR(Real(TanhOf(a), 31), std::tanh(Real(a, 27)), 6e-7) << a;
    EXPECT_EQ(TanhOf(-a), -TanhOf(a)) << a;
  }
}

TEST(FixedPoint, SixteenBits) {
  constexpr int16_t kLeast = -32768, kMost = 32767;
  EXPECT_EQ(SaturatingRoundingDoublingHighMul16(kLeast, kLeast), kMost);
  EXPECT_EQ(SaturatingRoundingDoublingHighMul16(1 << 14, 3), 2);    // 1.5 goes up
  EXPECT_EQ(SaturatingRoundingDoublingHighMul16(1 << 14, -3), -1);  // -1.5 goes up
  EXPECT_EQ(SaturatingDoublingHighMul16(kLeast, kLeast), kMost);
  EXPECT_EQ(SaturatingDoublingHighMul16(1 << 14, 3), 1);
  EXPECT_EQ(SaturatingDoublingHighMul16(1 << 14, -3), -1);
  EXPECT_EQ(SaturatingShiftLeft16(-3, 4), -48);
  EXPECT_EQ(SaturatingShiftLeft16(300, 7), kMost);
  EXPECT_EQ(SaturatingShiftLeft16(-2, 30), kLeast);
}

}  // namespace
}  // namespace mcunas
