#include "mcu_pool.h"

enum { BLOCK = MCU_POOL_BLOCK, MOST_PIXELS = 255 /* whose bytes sum up in 16 bits */ };

/* Bytes of the means of `pixels` pixels. */
static void store_means(const struct mcu_pooling* op, const int32_t* sums, int32_t count,
                        int32_t pixels, int8_t* out) {
  const int32_t zero = op->zero_point, low = op->low, high = op->high;
  const int32_t multiplier = op->factor.multiplier, shift = op->factor.right_shift;
  const int32_t input_zero = pixels * op->input_zero_point;
  if (op->arithmetic == MCU_DIVIDE) {
    const int32_t half = (int32_t)((uint32_t)pixels / 2); /* rounds away from zero */
    for (int32_t c = 0; c < count; ++c) {
      const int32_t sum = sums[c];
      out[c] = (int8_t)((sum > 0 ? sum + half : sum - half) / pixels);
    }
  } else if (op->arithmetic == MCU_MEAN_FAST) {
    const int32_t offset = mcu_fast_offset(zero, shift);
    for (int32_t c = 0; c < count; ++c) {
      const int32_t mean = mcu_multiply_fast(sums[c] - input_zero, multiplier, shift, offset);
      out[c] = (int8_t)mcu_saturate8(mean);
    }
  } else {
    for (int32_t c = 0; c < count; ++c) {
      const int32_t scaled = mcu_multiply_exact(sums[c] - input_zero, multiplier, shift, 0);
      out[c] = (int8_t)(mcu_clamp(scaled, -128 - zero, 127 - zero) + zero);
    }
  }
  if (low == -128 && high == 127) return;
  for (int32_t c = 0; c < count; ++c) out[c] = (int8_t)mcu_clamp(out[c], low, high);
}

/* Sums of BLOCK channels in 16 bits, of channels 0 2, 1 3, 4 6 and 5 7. */
struct lanes {
  int32_t even, odd, even2, odd2;
};

MCU_INLINE void add_pixel(struct lanes* lanes, const int8_t* pixel) {
  const int32_t low = mcu_load32(pixel), high = mcu_load32(pixel + 4);
  lanes->even = mcu_add_bytes(lanes->even, low);
  lanes->odd = mcu_add_bytes_ror8(lanes->odd, low);
  lanes->even2 = mcu_add_bytes(lanes->even2, high);
  lanes->odd2 = mcu_add_bytes_ror8(lanes->odd2, high);
}

MCU_INLINE void add_lanes(const struct lanes* lanes, int32_t* sums) {
  sums[0] += mcu_low16(lanes->even), sums[2] += mcu_high16(lanes->even);
  sums[1] += mcu_low16(lanes->odd), sums[3] += mcu_high16(lanes->odd);
  sums[4] += mcu_low16(lanes->even2), sums[6] += mcu_high16(lanes->even2);
  sums[5] += mcu_low16(lanes->odd2), sums[7] += mcu_high16(lanes->odd2);
}

/* Adds `pixels` neighbouring pixels of the ring to the sums of `count` <= BLOCK channels. */
static void add_pixels(const int8_t* pixel, int32_t pixel_bytes, int32_t pixels, int32_t count,
                       int32_t* sums) {
  if (count < BLOCK) {
    for (int32_t i = 0; i < pixels; ++i, pixel += pixel_bytes) {
      for (int32_t c = 0; c < count; ++c) sums[c] += pixel[c];
    }
    return;
  }
  for (int32_t left = pixels; left > 0;) {
    int32_t most = left < MOST_PIXELS ? left : MOST_PIXELS;
    left -= most;
    struct lanes lanes = {0, 0, 0, 0};
    for (; most > 0; --most, pixel += pixel_bytes) add_pixel(&lanes, pixel);
    add_lanes(&lanes, sums);
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

/* BLOCK channels of a window of at most MOST_PIXELS pixels. */
static void add_small_window(const struct mcu_map* in, const struct mcu_pool_window* window,
                             int32_t channel, int32_t* sums) {
  const int8_t* base = in->base + channel;
  const int32_t pixel_bytes = in->pixel_bytes, ring_pixels = in->ring_pixels;
  struct lanes lanes = {0, 0, 0, 0};
  int32_t start = window->start;
  for (int32_t row = window->rows; row > 0; --row) {
    const int8_t* pixel = base + start * pixel_bytes;
    int32_t before_end = ring_pixels - start;
    for (int32_t column = window->columns; column > 0; --column, pixel += pixel_bytes) {
      if (before_end-- == 0) pixel = base;
      add_pixel(&lanes, pixel);
    }
    start = mcu_ring_advance(in, start, in->width);
  }
  add_lanes(&lanes, sums);
}

static void add_window(const struct mcu_map* in, const struct mcu_pool_window* window,
                       int32_t channel, int32_t count, int32_t* sums) {
  if (count == BLOCK && window->rows * window->columns <= MOST_PIXELS) {
    add_small_window(in, window, channel, sums);
    return;
  }
  int32_t start = window->start;
  for (int32_t row = 0; row < window->rows; ++row) {
    add_ring(in, start, window->columns, channel, count, sums);
    start = mcu_ring_advance(in, start, in->width);
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
      int32_t sums[BLOCK] = {0};
      add_window(inputs, &window, channel, count, sums);
      store_means(pool, sums, count, window.rows * window.columns, out);
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
  const int32_t start = mcu_ring_advance(inputs, mcu_row_start(inputs, segment->y), segment->first);
  for (int32_t channel = 0; channel < channels; channel += BLOCK) {
    const int32_t left = channels - channel, count = left < BLOCK ? left : BLOCK;
    add_ring(inputs, start, segment->last - segment->first, channel, count, sums + channel);
  }
  if (segment->y < inputs->height - 1 || segment->last < width) return;
  store_means(pool, sums, channels, inputs->height * width, out);
}
