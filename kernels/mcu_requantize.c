#include "mcu_requantize.h"

static int32_t requantize_exact(const struct mcu_requantization* r, int32_t channel,
                                int32_t value) {
  const int32_t scaled = mcu_multiply_exact(value, r->multiplier[channel], r->right_shift[channel],
                                            r->rounding == MCU_ROUND_SINGLE);
  const int32_t zero = r->zero_point;
  return mcu_clamp(scaled, r->low - zero, r->high - zero) + zero;
}

void mcu_requantize_channel(const struct mcu_requantization* r, int32_t channel,
                            const int32_t* sums, int32_t step, int32_t count, int8_t* out,
                            int32_t stride) {
  const int32_t shift = r->right_shift[channel], multiplier = r->multiplier[channel];
  const int32_t low = r->low, high = r->high;
  if (r->rounding == MCU_ROUND_DOUBLE || r->rounding == MCU_ROUND_SINGLE) {
    for (int32_t i = count; i > 0; --i, sums += step, out += stride) {
      *out = (int8_t)requantize_exact(r, channel, *sums);
    }
    return;
  }
  const int32_t offset =
      mcu_fast_offset(r->zero_point, shift - (r->rounding == MCU_ROUND_SINGLE_FAST));
  for (int32_t i = count; i > 0; --i, sums += step, out += stride) {
    const int32_t value = mcu_multiply_form(r->rounding, *sums, multiplier, shift, offset);
    *out = (int8_t)mcu_clamp(value, low, high);
  }
}
