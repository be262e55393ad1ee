// Exponential, reciprocal, logistic function and tanh in 32-bit fixed point, bit by bit as TFLite's
// softmax and TFLite Micro's logistic and tanh compute them, and the 16-bit products of hard swish.
//
// Qi.f holds a value v as the integer v * 2^f, with i + f = 31. Sources: gemmlowp (fixedpoint.h),
// which approximates exp on [-1/4, 0) by a Taylor series around -1/8 and 1 / (1 + x) by Newton and
// Raphson; TFLite kernels softmax.h, logistic.h, tanh.h, hard_swish.h. Thread rule: pure functions.
#pragma once

#include <cstdint>

namespace mcunas {

// round(2 * a * b / 2^32), half towards positive infinity; the one product that overflows
// saturates.
int32_t SaturatingRoundingDoublingHighMul(int32_t a, int32_t b);
// round(value / 2^exponent), half away from zero; exponent in [0, 31].
int32_t RoundingDivideByPowerOfTwo(int32_t value, int exponent);

// e^a of a <= 0 in Q`integer_bits`, 4 or 5, as Q0.31.
int32_t ExpOfNegative(int32_t a, int integer_bits);
// 1 / (1 + a) of a in [0, 1), both Q0.31.
int32_t ReciprocalOfOnePlus(int32_t a);
// 1 / (1 + e^-a) of a in Q4.27, as Q0.31.
int32_t LogisticOf(int32_t a);
// tanh(a) of a in Q4.27, as Q0.31.
int32_t TanhOf(int32_t a);

// round(2 * a * b / 2^16), half towards positive infinity, and the same rounded towards 0; the one
// product that overflows saturates.
int16_t SaturatingRoundingDoublingHighMul16(int16_t a, int16_t b);
int16_t SaturatingDoublingHighMul16(int16_t a, int16_t b);
// value * 2^exponent, saturating; exponent in [0, 30].
int16_t SaturatingShiftLeft16(int16_t value, int exponent);

// 1 / x of x > 0 in Q12.19 as mantissa * 2^-(31 + exponent).
struct Reciprocal {
  int32_t mantissa;  // Q0.31
  int exponent;
};
Reciprocal ReciprocalOf(int32_t x);

}  // namespace mcunas
