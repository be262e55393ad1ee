#include "mcu_pairwise.h"

static void multiply_fast(const struct mcu_product* op, const int8_t* first, const int8_t* second,
                          int32_t count, int8_t* out) {
  const int32_t multiplier = op->output.multiplier, shift = op->output.right_shift;
  const int32_t offset = mcu_fast_offset(op->zero_point, shift);
  const int32_t zero_first = op->first_zero_point, zero_second = op->second_zero_point;
#pragma GCC unroll 4
  for (int32_t i = 0; i < count; ++i) {
    const int32_t product = (first[i] - zero_first) * (second[i] - zero_second);
    const int32_t value = mcu_multiply_fast(product, multiplier, shift, offset);
    out[i] = (int8_t)mcu_saturate8(value);
  }
  mcu_clamp_bytes(out, count, op->low, op->high);
}

static void multiply_exact(const struct mcu_product* op, const int8_t* first, const int8_t* second,
                           int32_t count, int8_t* out) {
  const int32_t zero = op->zero_point, low = op->low - zero, high = op->high - zero;
  for (int32_t i = 0; i < count; ++i) {
    const int32_t product = (first[i] - op->first_zero_point) * (second[i] - op->second_zero_point);
    const int32_t scaled =
        mcu_multiply_exact(product, op->output.multiplier, op->output.right_shift, 0);
    out[i] = (int8_t)(mcu_clamp(scaled, low, high) + zero);
  }
}

static void multiply(const void* op, const int8_t* first, const int8_t* second, int32_t count,
                     int8_t* out) {
  const struct mcu_product* product = op;
  if (product->rounding == MCU_ROUND_DOUBLE_FAST) {
    multiply_fast(product, first, second, count, out);
  } else {
    multiply_exact(product, first, second, count, out);
  }
}

void mcu_multiply(const void* op, const struct mcu_map* inputs, const struct mcu_segment* segment,
                  int8_t* out, void* scratch) {
  (void)scratch;
  mcu_for_each_pair(multiply, op, ((const struct mcu_product*)op)->channels, inputs, segment, out);
}
