#include "mcu_pool.h"

enum { BLOCK = MCU_POOL_BLOCK };

/* Half away from zero. */
static int32_t rounded_mean(int32_t sum, int32_t count) {
  return sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
}

static int8_t average(const struct mcu_pooling* op, int32_t sum, int32_t count) {
  if (!op->mean) return (int8_t)mcu_clamp(rounded_mean(sum, count), op->low, op->high);
  const int32_t scaled = mcu_multiply_exact(sum - count * op->input_zero_point,
                                            op->factor.multiplier, op->factor.right_shift, 0);
  const int32_t zero = op->zero_point;
  return (int8_t)(mcu_clamp(scaled, op->low - zero, op->high - zero) + zero);
}

/* Channels [channel, channel + count) of one output pixel. */
static void pool_block(const struct mcu_pooling* op, const struct mcu_map* in,
                       struct mcu_pool_window window, int32_t channel, int32_t count, int8_t* out) {
  int32_t sums[BLOCK] = {0};
  int32_t start = window.start;
  for (int32_t row = 0; row < window.rows; ++row) {
    int32_t at = start;
    for (int32_t column = 0; column < window.columns; ++column) {
      const int8_t* pixel = in->base + at * in->pixel_bytes + channel;
      for (int32_t c = 0; c < count; ++c) sums[c] += pixel[c];
      if (++at == in->ring_pixels) at = 0;
    }
    start = mcu_ring_advance(in, start, in->width);
  }
  const int32_t pixels = window.rows * window.columns;
  for (int32_t c = 0; c < count; ++c) {
    out[c] = average(op, sums[c], pixels);
  }
}

void mcu_average_pool(const void* op, const struct mcu_map* inputs,
                      const struct mcu_segment* segment, int8_t* out, void* scratch) {
  (void)scratch;
  const struct mcu_pooling* pool = op;
  const int32_t channels = pool->window.in_channels;
  for (int32_t x = segment->first; x < segment->last; ++x) {
    const struct mcu_pool_window window =
        mcu_find_pool_window(&pool->window, inputs, segment->y, x);
    for (int32_t channel = 0; channel < channels; channel += BLOCK) {
      const int32_t left = channels - channel, count = left < BLOCK ? left : BLOCK;
      pool_block(pool, inputs, window, channel, count, out);
      out += count;
    }
  }
}

void mcu_global_average_pool(const void* op, const struct mcu_map* inputs,
                             const struct mcu_segment* segment, int8_t* out, void* scratch) {
  const struct mcu_pooling* pool = op;
  const int32_t channels = pool->window.in_channels, width = pool->window.in_width;
  int32_t* sums = scratch;
  if (segment->y == 0 && segment->first == 0) memset(sums, 0, (size_t)channels * sizeof *sums);
  int32_t at = mcu_ring_advance(inputs, mcu_row_start(inputs, segment->y), segment->first);
  for (int32_t x = segment->first; x < segment->last; ++x) {
    const int8_t* pixel = inputs->base + at * channels;
    for (int32_t c = 0; c < channels; ++c) sums[c] += pixel[c];
    if (++at == inputs->ring_pixels) at = 0;
  }
  if (segment->y < inputs->height - 1 || segment->last < width) return;
  for (int32_t c = 0; c < channels; ++c) {
    out[c] = average(pool, sums[c], inputs->height * width);
  }
}
