#include "mcu_kernels.h"

enum { BLOCK = 4 }; /* output channels summed together */

/* What one output index gets along one axis: taps first, first + stride, ... below the kernel, from
 * input indices input, input - 1, ... */
struct gathered {
  int32_t first, input;
};

static struct gathered gather(const struct mcu_reach* reach, int32_t o) {
  const int32_t place = o + reach->before, input = place / reach->stride;
  const struct gathered result = {place - input * reach->stride, input};
  return result;
}

/* Adds the products of one input pixel to `count` channels; weights: those of the tap in the first
 * of them. */
static void add_pixel(const struct mcu_weighted* conv, const int8_t* pixel, const int8_t* weights,
                      int32_t count, int32_t* sums) {
  const int32_t depth = conv->window.in_channels, zero_point = conv->input_zero_point;
  const int32_t channel_weights = conv->window.rows.kernel * conv->window.columns.kernel * depth;
  if (count < BLOCK) {
    for (int32_t c = 0; c < count; ++c, weights += channel_weights) {
      for (int32_t i = 0; i < depth; ++i) sums[c] += (pixel[i] - zero_point) * weights[i];
    }
    return;
  }
  const int8_t *w0 = weights, *w1 = w0 + channel_weights, *w2 = w1 + channel_weights;
  const int8_t* w3 = w2 + channel_weights;
  int32_t s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3];
  for (int32_t i = 0; i < depth; ++i) {
    const int32_t value = pixel[i] - zero_point;
    s0 += value * w0[i];
    s1 += value * w1[i];
    s2 += value * w2[i];
    s3 += value * w3[i];
  }
  sums[0] = s0;
  sums[1] = s1;
  sums[2] = s2;
  sums[3] = s3;
}

/* Adds everything that output pixel (rows, columns) gets to `count` channels from `channel` on. */
static void add_window(const struct mcu_weighted* conv, const struct mcu_map* in,
                       struct gathered rows, struct gathered columns, int32_t channel,
                       int32_t count, int32_t* sums) {
  const struct mcu_window* w = &conv->window;
  const int32_t taps = w->rows.kernel * w->columns.kernel;
  for (int32_t ky = rows.first, y = rows.input; ky < w->rows.kernel && y >= 0;
       ky += w->rows.stride, --y) {
    if (y >= in->height) continue;
    const int32_t row = mcu_row_start(in, y);
    for (int32_t kx = columns.first, x = columns.input; kx < w->columns.kernel && x >= 0;
         kx += w->columns.stride, --x) {
      if (x >= w->in_width) continue;
      const int8_t* pixel = in->base + mcu_ring_advance(in, row, x) * in->pixel_bytes;
      const int32_t tap = channel * taps + ky * w->columns.kernel + kx;
      add_pixel(conv, pixel, conv->weights + tap * w->in_channels, count, sums);
    }
  }
}

void mcu_transpose_conv(const void* op, const struct mcu_map* inputs,
                        const struct mcu_segment* segment, int8_t* out, void* scratch) {
  (void)scratch;
  const struct mcu_weighted* conv = op;
  const struct mcu_requantization* r = &conv->requantization;
  const int32_t channels = conv->window.out_channels;
  const struct gathered rows = gather(&conv->window.rows, segment->y);
  for (int32_t x = segment->first; x < segment->last; ++x) {
    const struct gathered columns = gather(&conv->window.columns, x);
    for (int32_t channel = 0; channel < channels; channel += BLOCK) {
      const int32_t left = channels - channel, count = left < BLOCK ? left : BLOCK;
      int32_t sums[BLOCK];
      for (int32_t c = 0; c < count; ++c) sums[c] = r->bias[channel + c];
      add_window(conv, inputs, rows, columns, channel, count, sums);
      for (int32_t c = 0; c < count; ++c) {
        mcu_requantize_channel(r, channel + c, &sums[c], 1, 1, out++, 1);
      }
    }
  }
}
