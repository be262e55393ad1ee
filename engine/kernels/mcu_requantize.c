#include "mcu_requantize.h"

void mcu_requantize_channel(const struct mcu_requantization* r, int32_t channel,
                            const int32_t* sums, int32_t step, int32_t count, int8_t* out,
                            int32_t stride) {
  const int32_t shift = r->right_shift[channel];
  if (r->rounding != MCU_ROUND_DOUBLE_FAST || shift < 1) {
    for (int32_t i = 0; i < count; ++i) {
      out[i * stride] = mcu_requantize_exact(r, channel, sums[i * step]);
    }
    return;
  }
  const int32_t multiplier = r->multiplier[channel];
  const int32_t offset = mcu_fast_offset(r->zero_point, shift);
  const int32_t low = r->low, high = r->high;
  if (low == -128 && high == 127) {
#pragma GCC unroll 4
    for (int32_t i = count; i > 0; --i, sums += step, out += stride) {
      *out = (int8_t)mcu_saturate8(mcu_multiply_fast(*sums, multiplier, shift, offset));
    }
    return;
  }
#pragma GCC unroll 4
  for (int32_t i = count; i > 0; --i, sums += step, out += stride) {
    *out = (int8_t)mcu_clamp(mcu_multiply_fast(*sums, multiplier, shift, offset), low, high);
  }
}
