/* From a 32-bit accumulator to int8, bit-exactly as TFLite. */
#ifndef MCUNAS_ENGINE_KERNELS_MCU_REQUANTIZE_H
#define MCUNAS_ENGINE_KERNELS_MCU_REQUANTIZE_H

#include "mcu_dsp.h"

/* The fast forms give the bytes of the exact ones in four to six instructions. The generator
 * chooses them where, for every channel, |accumulator| < 2^30 and |accumulator| + (257 <<
 * (right_shift - 1)) < 2^31, and where the right shift is in the range given. */
enum mcu_rounding {
  MCU_ROUND_DOUBLE = 0,      /* SaturatingRoundingDoublingHighMul, then RoundingDivideByPOT */
  MCU_ROUND_SINGLE = 1,      /* one rounding 64-bit shift */
  MCU_ROUND_DOUBLE_FAST = 2, /* of MCU_ROUND_DOUBLE; right shift 1 to 22 */
  /* The same where the clamp begins at the zero point, as after a ReLU: what the second rounding
   * would do to negative values is clamped away. Right shift 0 to 22. */
  MCU_ROUND_RELU_FAST = 3,
  MCU_ROUND_SINGLE_FAST = 4 /* of MCU_ROUND_SINGLE; right shift 2 to 22 */
};

/* output = clamp(round(accumulator * multiplier / 2^(31 + right_shift)) + zero_point) */
struct mcu_requantization {
  const int32_t* bias;       /* input zero point already folded in */
  const int32_t* multiplier; /* in [2^30, 2^31) or 0 */
  const int8_t* right_shift; /* TFLite's shift, negated: -31 to 31 */
  int16_t zero_point;
  int16_t low, high; /* clamp of the output byte, within [-128, 127] */
  int16_t rounding;  /* enum mcu_rounding */
};

/* Without zero point. Any accumulator, any shift. */
static inline int32_t mcu_multiply_exact(int32_t value, int32_t multiplier, int32_t right_shift,
                                         int single) {
  if (single) {
    const int32_t shift = 31 + right_shift;
    const int64_t rounded = ((int64_t)value * multiplier + (INT64_C(1) << (shift - 1))) >> shift;
    return rounded > INT32_MAX ? INT32_MAX : rounded < INT32_MIN ? INT32_MIN : (int32_t)rounded;
  }
  const int32_t left = right_shift < 0 ? -right_shift : 0;
  const int32_t shifted = (int32_t)((uint32_t)value << left);
  const int64_t high = ((int64_t)shifted * multiplier + (INT64_C(1) << 30)) >> 31;
  if (right_shift <= 0) return (int32_t)high;
  return (int32_t)((high - (high < 0) + (INT64_C(1) << (right_shift - 1))) >> right_shift);
}

/* Half a step and the zero point, to be added before the last shift. A shift of 0 has no half. */
static inline int32_t mcu_fast_offset(int32_t zero_point, int32_t right_shift) {
  return (int32_t)((uint32_t)(2 * zero_point + 1) << right_shift) >> 1;
}

/* MCU_ROUND_DOUBLE_FAST with zero point, not clamped. The sign of the accumulator stands for that
 * of the product: they differ where the product rounds to 0, and there it makes no difference. */
static inline int32_t mcu_multiply_fast(int32_t value, int32_t multiplier, int32_t right_shift,
                                        int32_t offset) {
  const int32_t doubled = (int32_t)((uint32_t)value << 1);
  return (mcu_smmlar(doubled, multiplier, offset) + (doubled >> 31)) >> right_shift;
}

/* MCU_ROUND_RELU_FAST: right once it is clamped. */
static inline int32_t mcu_multiply_relu(int32_t value, int32_t multiplier, int32_t right_shift,
                                        int32_t offset) {
  return mcu_smmlar((int32_t)((uint32_t)value << 1), multiplier, offset) >> right_shift;
}

/* MCU_ROUND_SINGLE_FAST; offset: that of right_shift - 1. */
static inline int32_t mcu_multiply_single(int32_t value, int32_t multiplier, int32_t right_shift,
                                          int32_t offset) {
  return mcu_smmla(value, multiplier, offset) >> (right_shift - 1);
}

/* The fast form of a rounding; offset: mcu_fast_offset() of the right shift, for
 * MCU_ROUND_SINGLE_FAST of one less. */
static inline int32_t mcu_multiply_form(int32_t rounding, int32_t value, int32_t multiplier,
                                        int32_t right_shift, int32_t offset) {
  if (rounding == MCU_ROUND_SINGLE_FAST) {
    return mcu_multiply_single(value, multiplier, right_shift, offset);
  }
  if (rounding == MCU_ROUND_RELU_FAST) {
    return mcu_multiply_relu(value, multiplier, right_shift, offset);
  }
  return mcu_multiply_fast(value, multiplier, right_shift, offset);
}

static inline int32_t mcu_clamp(int32_t value, int32_t low, int32_t high) {
#if MCU_HAS_DSP
  /* GCC 12 would branch. */
  __asm__("cmp %0, %1\n\tit lt\n\tmovlt %0, %1\n\tcmp %0, %2\n\tit gt\n\tmovgt %0, %2"
          : "+r"(value)
          : "r"(low), "r"(high)
          : "cc");
  return value;
#else
  return value < low ? low : value > high ? high : value;
#endif
}

static inline int mcu_clamps_to_int8(const struct mcu_requantization* r) {
  return r->low == -128 && r->high == 127;
}

/* `count` accumulators of one channel, `step` apart, to output bytes `stride` apart. */
void mcu_requantize_channel(const struct mcu_requantization* r, int32_t channel,
                            const int32_t* sums, int32_t step, int32_t count, int8_t* out,
                            int32_t stride);

#endif
