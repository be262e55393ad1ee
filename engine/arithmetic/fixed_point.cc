#include "engine/arithmetic/fixed_point.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace mcunas {
namespace {

constexpr int32_t kInt32Min = std::numeric_limits<int32_t>::min();
constexpr int32_t kOne = std::numeric_limits<int32_t>::max();  // of Q0.31, which ends just below 1
constexpr int32_t kOneQ2 = 1 << 29;                            // of Q2.29
constexpr int16_t kInt16Min = std::numeric_limits<int16_t>::min();
constexpr int16_t kInt16Max = std::numeric_limits<int16_t>::max();

int32_t Multiply(int32_t a, int32_t b) { return SaturatingRoundingDoublingHighMul(a, b); }

// value * 2^exponent, saturating; exponent in [1, 30].
int32_t SaturatingShiftLeft(int32_t value, int exponent) {
  const int32_t limit = static_cast<int32_t>((int64_t{1} << (31 - exponent)) - 1);
  if (value > limit) return kOne;
  if (value < -limit) return kInt32Min;
  return value * (int32_t{1} << exponent);
}

// e^a of a in [-1/4, 0), Q0.31: the series around -1/8 up to the fourth power.
int32_t ExpOfSmall(int32_t a) {
  constexpr int32_t kExpOfMinusEighth = 1895147668;  // e^(-1/8) * 2^31
  constexpr int32_t kThird = 715827883;              // 2^31 / 3
  const int32_t x = a + (1 << 28);
  const int32_t x2 = Multiply(x, x);
  const int32_t x3 = Multiply(x2, x);
  const int32_t x4 = Multiply(x2, x2);
  const int32_t x4_over_4 = RoundingDivideByPowerOfTwo(x4, 2);
  const int32_t rest = RoundingDivideByPowerOfTwo(Multiply(x4_over_4 + x3, kThird) + x2,
                                                  1);  // x^4/24 + x^3/6 + x^2/2
  return kExpOfMinusEighth + Multiply(kExpOfMinusEighth, x + rest);
}

// 2 / (1 + a) of a in [0, 1), Q0.31, as Q2.29: the reciprocal of (1 + a) / 2 by Newton and Raphson.
int32_t TwiceReciprocal(int32_t a) {
  constexpr int32_t k48Over17 = 1515870810;  // Q2.29, as all below
  constexpr int32_t k32Over17 = 1010580540;
  const auto half = static_cast<int32_t>((int64_t{a} + kOne + 1) / 2);  // (1 + a) / 2, Q0.31
  int32_t x = k48Over17 + Multiply(half, -k32Over17);
  for (int i = 0; i < 3; ++i) {
    const int32_t error = kOneQ2 - Multiply(half, x);
    x += SaturatingShiftLeft(Multiply(x, error), 2);
  }
  return x;
}

}  // namespace

int32_t SaturatingRoundingDoublingHighMul(int32_t a, int32_t b) {
  if (a == kInt32Min && b == kInt32Min) return kOne;
  const int64_t product = int64_t{a} * b;
  const int64_t nudge = product >= 0 ? (int64_t{1} << 30) : 1 - (int64_t{1} << 30);
  return static_cast<int32_t>((product + nudge) / (int64_t{1} << 31));
}

int32_t RoundingDivideByPowerOfTwo(int32_t value, int exponent) {
  const int64_t mask = (int64_t{1} << exponent) - 1;
  const int64_t remainder = value & mask;
  const int64_t threshold = (mask >> 1) + (value < 0 ? 1 : 0);
  return (value >> exponent) + (remainder > threshold ? 1 : 0);
}

int32_t ExpOfNegative(int32_t a, int integer_bits) {
  // e^-(2^k) * 2^31 for k = -2 ... 4.
  constexpr int32_t kPowers[] = {1672461947, 1302514674, 790015084, 290630308,
                                 39332535,   720401,     242};
  if (a == 0) return kOne;
  const int fraction_bits = 31 - integer_bits;
  const int32_t quarter = int32_t{1} << (fraction_bits - 2);
  const int32_t small = (a & (quarter - 1)) - quarter;  // a modulo 1/4, in [-1/4, 0)
  const int32_t quarters = small - a;                   // the rest, a multiple of 1/4
  int32_t result = ExpOfSmall(SaturatingShiftLeft(small, integer_bits));
  for (int k = -2; k < integer_bits; ++k) {
    if ((quarters & (int32_t{1} << (fraction_bits + k))) == 0) continue;
    result = Multiply(result, kPowers[k + 2]);
  }
  return result;
}

int32_t ReciprocalOfOnePlus(int32_t a) {
  return SaturatingShiftLeft(TwiceReciprocal(a), 1);  // x / 2 from Q2.29 to Q0.31
}

int32_t LogisticOf(int32_t a) {
  if (a == 0) return 1 << 30;
  const int32_t positive = ReciprocalOfOnePlus(ExpOfNegative(a > 0 ? -a : a, 4));
  return a > 0 ? positive : kOne - positive;
}

int32_t TanhOf(int32_t a) {
  if (a == 0) return 0;
  // (1 - e) / (1 + e) = 2 / (1 + e) - 1 of e = e^-2|a|; twice Q4.27 is Q5.26 of the same bits.
  const int32_t twice = TwiceReciprocal(ExpOfNegative(a > 0 ? -a : a, 5));
  const int32_t positive = SaturatingShiftLeft(twice - kOneQ2, 2);
  return a > 0 ? positive : -positive;
}

int16_t SaturatingRoundingDoublingHighMul16(int16_t a, int16_t b) {
  if (a == kInt16Min && b == kInt16Min) return kInt16Max;
  const int32_t product = int32_t{a} * b;
  return static_cast<int16_t>((product + (product >= 0 ? 1 << 14 : 1 - (1 << 14))) / (1 << 15));
}

int16_t SaturatingDoublingHighMul16(int16_t a, int16_t b) {
  if (a == kInt16Min && b == kInt16Min) return kInt16Max;
  return static_cast<int16_t>(int32_t{a} * b / (1 << 15));
}

int16_t SaturatingShiftLeft16(int16_t value, int exponent) {
  const int64_t shifted = int64_t{value} * (int64_t{1} << exponent);
  return static_cast<int16_t>(std::clamp<int64_t>(shifted, kInt16Min, kInt16Max));
}

Reciprocal ReciprocalOf(int32_t x) {
  const int headroom = std::countl_zero(static_cast<uint32_t>(x));
  const uint32_t shifted = static_cast<uint32_t>(x) << headroom;  // in [2^31, 2^32): 1 + fraction
  const auto fraction = static_cast<int32_t>(shifted - (uint32_t{1} << 31));
  return {ReciprocalOfOnePlus(fraction), 12 - headroom};
}

}  // namespace mcunas
