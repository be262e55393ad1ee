#include "mcu_pairwise.h"

enum { ADD_LEFT_SHIFT = 20, SUM_BITS = MCU_SLOPE_BITS - 8 };

#if MCU_HAS_DSP

/* Bytes 0 and 2 of a word in the upper halves of two lanes. `mask` keeps bytes 1 and 3. */
static inline int32_t even_bytes(int32_t word, int32_t mask) {
  int32_t result;
  __asm__("and %0, %1, %2, lsl #8" : "=r"(result) : "r"(mask), "r"(word));
  return result;
}

static inline int8_t saturated(int32_t sum) {
  int32_t result;
  __asm__("ssat %0, #8, %1, asr %2" : "=r"(result) : "r"(sum), "I"(SUM_BITS));
  return (int8_t)result;
}

/* Four at a time: a lane is its byte times 2^8, and SMLAW divides by 2^16. */
static void add_fours(const struct mcu_addition* op, const int8_t* first, const int8_t* second,
                      int32_t count, int8_t* out) {
  const int32_t slope = op->first_slope, other = op->second_slope, offset = op->offset;
  const int32_t mask = (int32_t)0xff00ff00u;
  for (const int8_t* end = out + count; out != end; out += 4, first += 4, second += 4) {
    const int32_t a = mcu_load32(first), b = mcu_load32(second);
    const int32_t a_even = even_bytes(a, mask), b_even = even_bytes(b, mask);
    const int32_t a_odd = a & mask, b_odd = b & mask;
    out[0] = saturated(__smlawb(slope, a_even, __smlawb(other, b_even, offset)));
    out[1] = saturated(__smlawb(slope, a_odd, __smlawb(other, b_odd, offset)));
    out[2] = saturated(__smlawt(slope, a_even, __smlawt(other, b_even, offset)));
    out[3] = saturated(__smlawt(slope, a_odd, __smlawt(other, b_odd, offset)));
  }
}

#endif

/* slope * value / 2^8, rounded down, in 32 bits. */
static inline int32_t scaled(int32_t slope, int32_t value) {
  return (slope >> 8) * value + (((slope & 0xff) * value) >> 8);
}

static void add_linear(const struct mcu_addition* op, const int8_t* first, const int8_t* second,
                       int32_t count, int8_t* out) {
  int32_t i = 0;
#if MCU_HAS_DSP
  i = count & ~3;
  add_fours(op, first, second, i, out);
#endif
  for (; i < count; ++i) {
    const int32_t sum =
        op->offset + scaled(op->first_slope, first[i]) + scaled(op->second_slope, second[i]);
    out[i] = (int8_t)mcu_saturate8(sum >> SUM_BITS);
  }
  mcu_clamp_bytes(out, count, op->low, op->high);
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
