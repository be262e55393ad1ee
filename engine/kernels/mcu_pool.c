#include "mcu_pool.h"

enum { BLOCK = MCU_POOL_BLOCK, MOST_PIXELS = 255 /* whose bytes sum up in 16 bits */ };

/* Half away from zero. */
static int32_t rounded_mean(int32_t sum, int32_t count) {
  return sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
}

static int8_t average(const struct mcu_pooling* op, int32_t sum, int32_t count) {
  const int32_t zero = op->zero_point;
  int32_t mean;
  if (op->arithmetic == MCU_DIVIDE) {
    mean = rounded_mean(sum, count);
  } else {
    const int32_t multiplier = op->factor.multiplier, shift = op->factor.right_shift;
    sum -= count * op->input_zero_point;
    if (op->arithmetic == MCU_MEAN_FAST) {
      mean = mcu_multiply_fast(sum, multiplier, shift, mcu_fast_offset(zero, shift));
    } else {
      /* Within the clamp before the zero point, so that nothing overflows. */
      const int32_t scaled = mcu_multiply_exact(sum, multiplier, shift, 0);
      mean = mcu_clamp(scaled, op->low - zero, op->high - zero) + zero;
    }
  }
  return (int8_t)mcu_clamp(mean, op->low, op->high);
}

/* Adds `pixels` neighbouring pixels of the ring to the sums of `count` <= BLOCK channels. */
static void add_pixels(const int8_t* pixel, int32_t pixel_bytes, int32_t pixels, int32_t count,
                       int32_t* sums) {
  if (count == BLOCK) {
    for (int32_t left = pixels; left > 0;) {
      int32_t most = left < MOST_PIXELS ? left : MOST_PIXELS;
      left -= most;
      int32_t even = 0, odd = 0, even2 = 0, odd2 = 0; /* channels 0 2, 1 3, 4 6, 5 7 */
      for (; most > 0; --most, pixel += pixel_bytes) {
        const int32_t low = mcu_load32(pixel), high = mcu_load32(pixel + 4);
        even = mcu_add_bytes(even, low);
        odd = mcu_add_bytes_ror8(odd, low);
        even2 = mcu_add_bytes(even2, high);
        odd2 = mcu_add_bytes_ror8(odd2, high);
      }
      sums[0] += mcu_low16(even), sums[2] += mcu_high16(even);
      sums[1] += mcu_low16(odd), sums[3] += mcu_high16(odd);
      sums[4] += mcu_low16(even2), sums[6] += mcu_high16(even2);
      sums[5] += mcu_low16(odd2), sums[7] += mcu_high16(odd2);
    }
    return;
  }
  for (int32_t i = 0; i < pixels; ++i, pixel += pixel_bytes) {
    for (int32_t c = 0; c < count; ++c) sums[c] += pixel[c];
  }
}

/* Adds `pixels` pixels from `start` of the ring on. */
static void add_ring(const struct mcu_map* in, int32_t start, int32_t pixels, int32_t channel,
                     int32_t count, int32_t* sums) {
  const int8_t* base = in->base + channel;
  while (pixels > 0) {
    const int32_t room = in->ring_pixels - start, some = pixels < room ? pixels : room;
    add_pixels(base + start * in->pixel_bytes, in->pixel_bytes, some, count, sums);
    pixels -= some;
    start = 0;
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
    const int32_t pixels = window.rows * window.columns;
    for (int32_t channel = 0; channel < channels; channel += BLOCK) {
      const int32_t left = channels - channel, count = left < BLOCK ? left : BLOCK;
      int32_t sums[BLOCK] = {0};
      int32_t start = window.start;
      for (int32_t row = 0; row < window.rows; ++row) {
        add_ring(inputs, start, window.columns, channel, count, sums);
        start = mcu_ring_advance(inputs, start, inputs->width);
      }
      for (int32_t c = 0; c < count; ++c) *out++ = average(pool, sums[c], pixels);
    }
  }
}

void mcu_global_average_pool(const void* op, const struct mcu_map* inputs,
                             const struct mcu_segment* segment, int8_t* out, void* scratch) {
  const struct mcu_pooling* pool = op;
  const int32_t channels = pool->window.in_channels, width = pool->window.in_width;
  int32_t* sums = scratch;
  if (segment->y == 0 && segment->first == 0) memset(sums, 0, (size_t)channels * sizeof *sums);
  const int32_t start = mcu_ring_advance(inputs, mcu_row_start(inputs, segment->y), segment->first);
  for (int32_t channel = 0; channel < channels; channel += BLOCK) {
    const int32_t left = channels - channel, count = left < BLOCK ? left : BLOCK;
    add_ring(inputs, start, segment->last - segment->first, channel, count, sums + channel);
  }
  if (segment->y < inputs->height - 1 || segment->last < width) return;
  for (int32_t c = 0; c < channels; ++c) {
    out[c] = average(pool, sums[c], inputs->height * width);
  }
}
