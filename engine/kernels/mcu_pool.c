#include "mcu_kernels.h"

enum { BLOCK = 8 }; /* channels summed together */

/* Half away from zero. */
static int32_t rounded_mean(int32_t sum, int32_t count) {
  return sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
}

/* Window columns [first, last) of one output pixel and the channels [channel, channel + count). */
struct pool_block {
  int32_t first, last;
  int32_t channel, count;
};

static void pool_block(const struct mcu_pooling* op, const struct mcu_rows* in, int32_t y,
                       struct pool_block block, int8_t* out) {
  const struct mcu_window* w = &op->window;
  int32_t sums[BLOCK] = {0};
  int32_t rows = 0;
  for (int32_t ky = 0; ky < w->kernel; ++ky) {
    const int8_t* row = mcu_row(in, y * w->stride - w->padding + ky);
    if (row == NULL) continue;
    ++rows;
    const int8_t* pixel = row + block.first * w->in_channels + block.channel;
    for (int32_t x = block.first; x < block.last; ++x) {
      for (int32_t c = 0; c < block.count; ++c) sums[c] += pixel[c];
      pixel += w->in_channels;
    }
  }
  const int32_t count = rows * (block.last - block.first);
  for (int32_t c = 0; c < block.count; ++c) {
    out[c] = (int8_t)mcu_clamp(rounded_mean(sums[c], count), op->low, op->high);
  }
}

void mcu_average_pool_row(const void* op, const struct mcu_rows* inputs, int32_t y, int8_t* out,
                          void* scratch) {
  (void)scratch;
  const struct mcu_pooling* pool = op;
  const struct mcu_window* w = &pool->window;
  for (int32_t x = 0; x < w->out_width; ++x) {
    struct pool_block block = {x * w->stride - w->padding, 0, 0, 0};
    block.last = block.first + w->kernel < w->in_width ? block.first + w->kernel : w->in_width;
    if (block.first < 0) block.first = 0;
    for (; block.channel < w->in_channels; block.channel += BLOCK) {
      const int32_t left = w->in_channels - block.channel;
      block.count = left < BLOCK ? left : BLOCK;
      pool_block(pool, inputs, y, block, out);
      out += block.count;
    }
  }
}

void mcu_global_average_pool_row(const void* op, const struct mcu_rows* inputs, int32_t y,
                                 int8_t* out, void* scratch) {
  (void)y;
  const struct mcu_pooling* pool = op;
  const int32_t channels = pool->window.in_channels, width = pool->window.in_width;
  int32_t* sums = scratch;
  memset(sums, 0, (size_t)channels * sizeof *sums);
  for (int32_t row = 0; row < inputs->height; ++row) {
    const int8_t* pixel = mcu_row(inputs, row);
    for (int32_t x = 0; x < width; ++x) {
      for (int32_t c = 0; c < channels; ++c) sums[c] += pixel[c];
      pixel += channels;
    }
  }
  for (int32_t c = 0; c < channels; ++c) {
    out[c] =
        (int8_t)mcu_clamp(rounded_mean(sums[c], inputs->height * width), pool->low, pool->high);
  }
}
