#include "mcu_kernels.h"

enum { ADD_LEFT_SHIFT = 20 };

static int32_t scale_fast(int32_t value, const struct mcu_factor* factor) {
  const int32_t high = mcu_smmulr((int32_t)((uint32_t)value << 1), factor->multiplier);
  if (factor->right_shift == 0) return high;
  return (high + (high >> 31) + (1 << (factor->right_shift - 1))) >> factor->right_shift;
}

static void add_fast(const struct mcu_addition* op, const int8_t* first, const int8_t* second,
                     int32_t count, int8_t* out) {
  const struct mcu_factor a = op->first, b = op->second, sum = op->output;
  const int32_t offset = mcu_fast_offset(op->zero_point, sum.right_shift);
  const int32_t low = op->low, high = op->high;
  const int32_t zero_a = op->first_zero_point, zero_b = op->second_zero_point;
  for (int32_t i = 0; i < count; ++i) {
    /* A product, not a shift: the difference may be negative. */
    const int32_t x = scale_fast((first[i] - zero_a) * (1 << ADD_LEFT_SHIFT), &a);
    const int32_t z = scale_fast((second[i] - zero_b) * (1 << ADD_LEFT_SHIFT), &b);
    const int32_t value = mcu_multiply_fast(x + z, sum.multiplier, sum.right_shift, offset);
    out[i] = (int8_t)mcu_clamp(value, low, high);
  }
}

static void add_exact(const struct mcu_addition* op, const int8_t* first, const int8_t* second,
                      int32_t count, int8_t* out) {
  const int single = op->rounding == MCU_ROUND_SINGLE;
  for (int32_t i = 0; i < count; ++i) {
    const int32_t x = (first[i] - op->first_zero_point) * (1 << ADD_LEFT_SHIFT);
    const int32_t z = (second[i] - op->second_zero_point) * (1 << ADD_LEFT_SHIFT);
    const int32_t sum =
        mcu_multiply_exact(x, op->first.multiplier, op->first.right_shift, single) +
        mcu_multiply_exact(z, op->second.multiplier, op->second.right_shift, single);
    const int32_t scaled =
        mcu_multiply_exact(sum, op->output.multiplier, op->output.right_shift, single);
    const int32_t zero = op->zero_point;
    out[i] = (int8_t)(mcu_clamp(scaled, op->low - zero, op->high - zero) + zero);
  }
}

void mcu_add(const void* op, const struct mcu_map* inputs, const struct mcu_segment* segment,
             int8_t* out, void* scratch) {
  (void)scratch;
  const struct mcu_addition* add = op;
  const int32_t channels = add->channels;
  int32_t first =
      mcu_ring_advance(&inputs[0], mcu_row_start(&inputs[0], segment->y), segment->first);
  int32_t second =
      mcu_ring_advance(&inputs[1], mcu_row_start(&inputs[1], segment->y), segment->first);
  for (int32_t left = segment->last - segment->first; left > 0;) {
    /* As far as neither ring ends. */
    int32_t pixels = left;
    if (pixels > inputs[0].ring_pixels - first) pixels = inputs[0].ring_pixels - first;
    if (pixels > inputs[1].ring_pixels - second) pixels = inputs[1].ring_pixels - second;
    const int8_t* a = inputs[0].base + first * channels;
    const int8_t* b = inputs[1].base + second * channels;
    if (add->rounding == MCU_ROUND_DOUBLE_FAST) {
      add_fast(add, a, b, pixels * channels, out);
    } else {
      add_exact(add, a, b, pixels * channels, out);
    }
    first = mcu_ring_advance(&inputs[0], first, pixels);
    second = mcu_ring_advance(&inputs[1], second, pixels);
    out += pixels * channels;
    left -= pixels;
  }
}
