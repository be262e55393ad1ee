#include "mcu_pairwise.h"

enum { ADD_LEFT_SHIFT = 20, SUM_BITS = MCU_SLOPE_BITS - 8 };

#if MCU_HAS_DSP

#define ODD_BYTES 0xff00ff00u

static inline int32_t saturated(int32_t sum) {
  int32_t result;
  __asm__("ssat %0, #8, %1, asr %2" : "=r"(result) : "r"(sum), "I"(SUM_BITS));
  return result;
}

/* Four at a time: a byte in the upper half of a lane is the lane / 2^8, and SMLAW divides by 2^16.
 */
static void add_fours(const struct mcu_addition* op, const int8_t* first, const int8_t* second,
                      int32_t count, int8_t* out) {
  const int32_t slope = op->first_slope, other = op->second_slope, offset = op->offset;
#pragma GCC unroll 2
  for (const int8_t* end = out + count; out != end; out += 4, first += 4, second += 4) {
    const uint32_t a = (uint32_t)mcu_load32(first), b = (uint32_t)mcu_load32(second);
    const int32_t a_even = (int32_t)(a << 8 & ODD_BYTES), a_odd = (int32_t)(a & ODD_BYTES);
    const int32_t b_even = (int32_t)(b << 8 & ODD_BYTES), b_odd = (int32_t)(b & ODD_BYTES);
    out[0] = (int8_t)saturated(__smlawb(slope, a_even, __smlawb(other, b_even, offset)));
    out[1] = (int8_t)saturated(__smlawb(slope, a_odd, __smlawb(other, b_odd, offset)));
    out[2] = (int8_t)saturated(__smlawt(slope, a_even, __smlawt(other, b_even, offset)));
    out[3] = (int8_t)saturated(__smlawt(slope, a_odd, __smlawt(other, b_odd, offset)));
  }
}

#endif

/* slope * value / 2^8, rounded down, in 32 bits. */
static inline int32_t scaled(int32_t slope, int32_t value) {
  return (slope >> 8) * value + (((slope & 0xff) * value) >> 8);
}

static void add_linear(const struct mcu_addition* op, const int8_t* first, const int8_t* second,
                       int32_t count, int8_t* out) {
  const int32_t low = op->low, high = op->high;
  int32_t i = 0;
#if MCU_HAS_DSP
  if (low == -128 && high == 127) {
    i = count & ~3;
    add_fours(op, first, second, i, out);
  }
#endif
  for (; i < count; ++i) {
    const int32_t sum =
        op->offset + scaled(op->first_slope, first[i]) + scaled(op->second_slope, second[i]);
    out[i] = (int8_t)mcu_clamp(sum >> SUM_BITS, low, high);
  }
}

/* An operand as TFLite scales it. */
static int32_t operand(int32_t value, struct mcu_factor factor, int32_t sign) {
  const int32_t shifted = value * (1 << ADD_LEFT_SHIFT); /* may be negative */
  return sign * mcu_multiply_exact(shifted, factor.multiplier, factor.right_shift, 0);
}

static void add_exact(const struct mcu_addition* op, const int8_t* first, const int8_t* second,
                      int32_t count, int8_t* out) {
  const int32_t zero = op->zero_point, low = op->low - zero, high = op->high - zero;
  for (int32_t i = 0; i < count; ++i) {
    const int32_t sum = operand(first[i] - op->first_zero_point, op->first, op->first_sign) +
                        operand(second[i] - op->second_zero_point, op->second, op->second_sign);
    const int32_t scaled_sum =
        mcu_multiply_exact(sum, op->output.multiplier, op->output.right_shift, 0);
    out[i] = (int8_t)(mcu_clamp(scaled_sum, low, high) + zero);
  }
}

static void add(const void* op, const int8_t* first, const int8_t* second, int32_t count,
                int8_t* out) {
  const struct mcu_addition* addition = op;
  if (addition->first_slope != 0) {
    add_linear(addition, first, second, count, out);
  } else {
    add_exact(addition, first, second, count, out);
  }
}

void mcu_add(const void* op, const struct mcu_map* inputs, const struct mcu_segment* segment,
             int8_t* out, void* scratch) {
  (void)scratch;
  mcu_for_each_pair(add, op, ((const struct mcu_addition*)op)->channels, inputs, segment, out);
}
