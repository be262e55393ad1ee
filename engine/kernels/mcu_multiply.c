#include "mcu_kernels.h"

static void multiply(const struct mcu_product* op, const int8_t* first, const int8_t* second,
                     int32_t count, int8_t* out) {
  const int32_t zero = op->zero_point, low = op->low - zero, high = op->high - zero;
  for (int32_t i = 0; i < count; ++i) {
    const int32_t product = (first[i] - op->first_zero_point) * (second[i] - op->second_zero_point);
    const int32_t scaled =
        mcu_multiply_exact(product, op->output.multiplier, op->output.right_shift, 0);
    out[i] = (int8_t)(mcu_clamp(scaled, low, high) + zero);
  }
}

void mcu_multiply(const void* op, const struct mcu_map* inputs, const struct mcu_segment* segment,
                  int8_t* out, void* scratch) {
  (void)scratch;
  const struct mcu_product* product = op;
  const int32_t channels = product->channels;
  int32_t first =
      mcu_ring_advance(&inputs[0], mcu_row_start(&inputs[0], segment->y), segment->first);
  int32_t second =
      mcu_ring_advance(&inputs[1], mcu_row_start(&inputs[1], segment->y), segment->first);
  for (int32_t left = segment->last - segment->first; left > 0;) {
    /* As far as neither ring ends: one pixel where the second has no more. */
    int32_t pixels = left;
    if (pixels > inputs[0].ring_pixels - first) pixels = inputs[0].ring_pixels - first;
    if (pixels > inputs[1].ring_pixels - second) pixels = inputs[1].ring_pixels - second;
    multiply(product, inputs[0].base + first * channels, inputs[1].base + second * channels,
             pixels * channels, out);
    first = mcu_ring_advance(&inputs[0], first, pixels);
    second = mcu_ring_advance(&inputs[1], second, pixels);
    out += pixels * channels;
    left -= pixels;
  }
}

void mcu_apply_constants(const void* op, const struct mcu_map* inputs,
                         const struct mcu_segment* segment, int8_t* out, void* scratch) {
  const struct mcu_with_constants* constants = op;
  const struct mcu_map both[2] = {inputs[0], constants->constants};
  constants->kernel(constants->op, both, segment, out, scratch);
}
