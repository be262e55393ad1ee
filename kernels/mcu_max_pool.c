#include "mcu_pool.h"

/* Channels [channel, channel + count) of one output pixel. */
static void largest_of_block(const struct mcu_pooling* op, const struct mcu_map* in,
                             struct mcu_pool_window window, int32_t channel, int32_t count,
                             int8_t* out) {
  int32_t largest[MCU_POOL_BLOCK];
  for (int32_t c = 0; c < count; ++c) largest[c] = op->low;
  int32_t start = window.start;
  for (int32_t row = 0; row < window.rows; ++row) {
    int32_t at = start;
    for (int32_t column = 0; column < window.columns; ++column) {
      const int8_t* pixel = in->base + at * in->pixel_bytes + channel;
      for (int32_t c = 0; c < count; ++c) {
        if (pixel[c] > largest[c]) largest[c] = pixel[c];
      }
      if (++at == in->ring_pixels) at = 0;
    }
    start = mcu_ring_advance(in, start, in->width);
  }
  for (int32_t c = 0; c < count; ++c) {
    out[c] = (int8_t)(largest[c] < op->high ? largest[c] : op->high);
  }
}

void mcu_max_pool(const void* op, const struct mcu_map* inputs, const struct mcu_segment* segment,
                  int8_t* out, void* scratch) {
  (void)scratch;
  const struct mcu_pooling* pool = op;
  const int32_t channels = pool->window.in_channels;
  for (int32_t x = segment->first; x < segment->last; ++x) {
    const struct mcu_pool_window window =
        mcu_find_pool_window(&pool->window, inputs, segment->y, x);
    for (int32_t channel = 0; channel < channels; channel += MCU_POOL_BLOCK) {
      const int32_t left = channels - channel;
      const int32_t count = left < MCU_POOL_BLOCK ? left : MCU_POOL_BLOCK;
      largest_of_block(pool, inputs, window, channel, count, out);
      out += count;
    }
  }
}
