/* Depthwise convolution, four channels at a time.
 *
 * Where the pixels below the window lie (the taps) is the same for all channels, so it is found out
 * once per output pixel: rings, edges, strides and dilation cost nothing in the loop over the
 * channels. What lies outside the map is a pixel of zero points in scratch. SXTB16 takes four
 * channels of a tap apart, and two neighbouring output pixels share the unpacked weights of a 3x3
 * window. */
#include "mcu_kernels.h"

enum { BLOCK = 4, MAX_TAPS = 49, SMALL_TAPS = 9 };

/* The channels [begin, begin + count) of one segment. */
struct job {
  const struct mcu_weighted* op;
  const struct mcu_map* in;
  const int8_t* padding; /* `count` zero points */
  int32_t begin, count;
  struct mcu_taps rows; /* rows of the window that lie in the map */
  int32_t row;          /* where column 0 of the first of them would be */
};

static void find_rows(struct job* job, int32_t y) {
  const struct mcu_reach* reach = &job->op->window.rows;
  job->rows = mcu_find_taps(reach, y, job->in->height);
  if (job->rows.first < job->rows.last) {
    job->row = mcu_row_start(job->in, job->rows.begin + job->rows.first * reach->dilation);
  }
}

/* One row of taps from pixel `start` of the ring on: at[0], at[step], ... Returns the next place.
 */
static const int8_t** find_row(const struct job* job, int32_t start, int32_t count,
                               int32_t pixel_bytes, int32_t step, const int8_t** at) {
  const struct mcu_map* in = job->in;
  const int8_t* pixel = in->base + job->begin + start * in->pixel_bytes;
  const int8_t* const end = in->base + job->begin + in->ring_pixels * in->pixel_bytes;
  if (pixel + (count - 1) * pixel_bytes < end) {
    for (; count > 0; --count, at += step, pixel += pixel_bytes) *at = pixel;
    return at;
  }
  for (; count > 0; --count, at += step, pixel += pixel_bytes) {
    while (pixel >= end) pixel -= in->ring_pixels * in->pixel_bytes;
    *at = pixel;
  }
  return at;
}

/* Where channel `begin` of each tap of output column x stands: at[0], at[step], ... */
static void find_pixels(const struct job* job, int32_t x, const int8_t** at, int32_t step) {
  const struct mcu_window* w = &job->op->window;
  const struct mcu_map* in = job->in;
  const int32_t kernel = w->columns.kernel, dilation = w->columns.dilation;
  const struct mcu_taps columns = mcu_find_taps(&w->columns, x, w->in_width);
  const int32_t first = columns.begin + columns.first * dilation;
  const int32_t tap_bytes = dilation * in->pixel_bytes;
  int32_t start = job->row;
  for (int32_t ky = 0; ky < w->rows.kernel; ++ky) {
    int32_t kx = 0;
    if (ky >= job->rows.first && ky < job->rows.last && columns.first < columns.last) {
      for (; kx < columns.first; ++kx, at += step) *at = job->padding;
      at =
          find_row(job, mcu_ring_advance(in, start, first), columns.last - kx, tap_bytes, step, at);
      kx = columns.last;
      start = mcu_ring_advance(in, start, w->rows.dilation * in->width);
    }
    for (; kx < kernel; ++kx, at += step) *at = job->padding;
  }
}

#if MCU_HAS_DSP

/* GCC 12 keeps neither the sums in registers nor the rotation of SXTB16 in place, so the taps are
 * written out. Weights of one tap to w (channels 0 and 2) and v (1 and 3). */
#define MCU_TAP_WEIGHTS(pointer, w, v) \
  "ldr " v ", [" pointer               \
  "], #4\n\t"                          \
  "sxtb16 " w ", " v                   \
  "\n\t"                               \
  "sxtb16 " v ", " v ", ror #8\n\t"
#define MCU_TAP_PRODUCTS(values, half, w, v, s0, s1, s2, s3) \
  "sxtb16 " half ", " values                                 \
  "\n\t"                                                     \
  "smlabb " s0 ", " half ", " w ", " s0                      \
  "\n\t"                                                     \
  "smlatt " s2 ", " half ", " w ", " s2                      \
  "\n\t"                                                     \
  "sxtb16 " half ", " values                                 \
  ", ror #8\n\t"                                             \
  "smlabb " s1 ", " half ", " v ", " s1                      \
  "\n\t"                                                     \
  "smlatt " s3 ", " half ", " v ", " s3 "\n\t"
#define MCU_TAP                                                  \
  MCU_TAP_WEIGHTS("%[weights]", "%[w]", "%[v]")                  \
  "ldr %[values], [%[at]], #4\n\t"                               \
  "ldr %[values], [%[values], %[channel]]\n\t" MCU_TAP_PRODUCTS( \
      "%[values]", "%[half]", "%[w]", "%[v]", "%[s0]", "%[s1]", "%[s2]", "%[s3]")
#define MCU_TAP_ROWS(taps_in_row)                                                             \
  __asm__ volatile(                                                                           \
      "1:\n\t.rept " #taps_in_row "\n\t" MCU_TAP                                              \
      ".endr\n\t"                                                                             \
      "cmp %[at], %[end]\n\tbne 1b"                                                           \
      : [at] "+r"(at), [weights] "+r"(weights), [s0] "+r"(s0), [s1] "+r"(s1), [s2] "+r"(s2),  \
        [s3] "+r"(s3), [values] "=&r"(values), [half] "=&r"(half), [w] "=&r"(w), [v] "=&r"(v) \
      : [channel] "r"(channel), [end] "r"(end)                                                \
      : "cc", "memory")

/* Sums of the four channels from `channel` (of the job) on of one pixel. kernel: columns. */
MCU_INLINE void sum_block(const int8_t* const* at, int32_t taps, int32_t kernel, int32_t channel,
                          const int8_t* weights, const int32_t* bias, int32_t* sums) {
  const int8_t* const* const end = at + taps;
  int32_t s0 = bias[0], s1 = bias[1], s2 = bias[2], s3 = bias[3], values, half, w, v;
  if (kernel == 7) {
    MCU_TAP_ROWS(7);
  } else if (kernel == 5) {
    MCU_TAP_ROWS(5);
  } else if (kernel == 3) {
    MCU_TAP_ROWS(3);
  } else {
    MCU_TAP_ROWS(1);
  }
  sums[0] = s0;
  sums[1] = s1;
  sums[2] = s2;
  sums[3] = s3;
}

#define MCU_TAP_OF_PIXEL(s0, s1, s2, s3) \
  "ldr r2, [r0]\n\t"                     \
  "ldr r3, [r2], #4\n\t"                 \
  "str r2, [r0], #4\n\t" MCU_TAP_PRODUCTS("r3", "r2", "r12", "lr", s0, s1, s2, s3)

/* The same of two pixels with nine taps each, side by side. Moves the taps on by four channels: no
 * register is left for an offset. */
__attribute__((naked, noinline)) static void sum_two_blocks(
    const int8_t** at __attribute__((unused)), const int8_t* weights __attribute__((unused)),
    const int32_t* bias __attribute__((unused)), int32_t* sums __attribute__((unused))) {
  __asm__ volatile(
      "push {r3-r11, lr}\n\t"
      "ldmia r2, {r4-r7}\n\t"
      "mov r8, r4\n\tmov r9, r5\n\tmov r10, r6\n\tmov r11, r7\n\t"
      ".rept 9\n\t"
      MCU_TAP_WEIGHTS("r1", "r12", "lr")
      MCU_TAP_OF_PIXEL("r4", "r5", "r6", "r7")
      MCU_TAP_OF_PIXEL("r8", "r9", "r10", "r11")
      ".endr\n\t"
      "ldr r0, [sp]\n\t"
      "stmia r0, {r4-r11}\n\t"
      "pop {r3-r11, pc}\n\t");
}

#else

MCU_INLINE void sum_block(const int8_t* const* at, int32_t taps, int32_t kernel, int32_t channel,
                          const int8_t* weights, const int32_t* bias, int32_t* sums) {
  (void)kernel;
  for (int32_t c = 0; c < BLOCK; ++c) sums[c] = bias[c];
  for (int32_t t = 0; t < taps; ++t, weights += BLOCK) {
    for (int32_t c = 0; c < BLOCK; ++c) sums[c] += at[t][channel + c] * weights[c];
  }
}

static void sum_two_blocks(const int8_t** at, const int8_t* weights, const int32_t* bias,
                           int32_t* sums) {
  for (int32_t c = 0; c < BLOCK; ++c) sums[c] = sums[BLOCK + c] = bias[c];
  for (int32_t t = 0; t < SMALL_TAPS; ++t, at += 2, weights += BLOCK) {
    for (int32_t c = 0; c < BLOCK; ++c) {
      sums[c] += *at[0]++ * weights[c];
      sums[BLOCK + c] += *at[1]++ * weights[c];
    }
  }
}

#endif

/* Four channels of `pixels` neighbours, fast rounding: sums[4 * pixel + channel]. full: the clamp
 * is that of int8. Both are constants after inlining. */
MCU_INLINE void store_fast(const struct mcu_requantization* r, int32_t channel, int32_t pixels,
                           const int32_t* sums, int full, int8_t* out, int32_t channels) {
  const int32_t doubled = 2 * r->zero_point + 1, low = r->low, high = r->high;
  const int32_t* multipliers = r->multiplier + channel;
  const int8_t* shifts = r->right_shift + channel;
#pragma GCC unroll 4
  for (int32_t c = 0; c < BLOCK; ++c) {
    const int32_t shift = shifts[c], multiplier = multipliers[c];
    if (shift < 1) {
      mcu_requantize_channel(r, channel + c, sums + c, BLOCK, pixels, out + c, channels);
      continue;
    }
    const int32_t offset = (int32_t)((uint32_t)doubled << (shift - 1));
    for (int32_t p = 0; p < pixels; ++p) {
      const int32_t value = mcu_multiply_fast(sums[BLOCK * p + c], multiplier, shift, offset);
      out[p * channels + c] = (int8_t)(full ? mcu_saturate8(value) : mcu_clamp(value, low, high));
    }
  }
}

MCU_INLINE void store_block(const struct mcu_requantization* r, int32_t channel, int32_t pixels,
                            const int32_t* sums, int8_t* out, int32_t channels) {
  if (r->rounding != MCU_ROUND_DOUBLE_FAST) {
    for (int32_t c = 0; c < BLOCK; ++c) {
      mcu_requantize_channel(r, channel + c, sums + c, BLOCK, pixels, out + c, channels);
    }
  } else if (r->low == -128 && r->high == 127) {
    store_fast(r, channel, pixels, sums, 1, out, channels);
  } else {
    store_fast(r, channel, pixels, sums, 0, out, channels);
  }
}

/* The one to three channels behind the last block of four. at[step * t]: channel `channel` of tap
 * t, `offset` bytes on. */
static void run_tail(const struct job* job, const int8_t* const* at, int32_t step, int32_t offset,
                     int32_t channel, int8_t* out) {
  const struct mcu_window* w = &job->op->window;
  const int32_t taps = w->rows.kernel * w->columns.kernel;
  const int32_t rest = job->count - channel;
  for (int32_t c = 0; c < rest; ++c) {
    const int32_t absolute = job->begin + channel + c;
    const int8_t* weight = job->op->weights + (job->begin + channel) * taps + c;
    int32_t sum = job->op->requantization.bias[absolute];
    for (int32_t t = 0; t < taps; ++t, weight += rest) sum += at[step * t][offset + c] * *weight;
    mcu_requantize_channel(&job->op->requantization, absolute, &sum, 1, 1, out + c, 1);
  }
}

/* All channels of one pixel. */
static __attribute__((noinline)) void run_pixel(const struct job* job, const int8_t* const* at,
                                                int8_t* out) {
  const struct mcu_requantization* r = &job->op->requantization;
  const int32_t kernel = job->op->window.columns.kernel;
  const int32_t taps = job->op->window.rows.kernel * kernel;
  const int8_t* weights = job->op->weights + job->begin * taps;
  int32_t channel = 0;
  for (; channel + BLOCK <= job->count; channel += BLOCK, weights += BLOCK * taps) {
    int32_t sums[BLOCK];
    sum_block(at, taps, kernel, channel, weights, r->bias + job->begin + channel, sums);
    store_block(r, job->begin + channel, 1, sums, out + channel, 0);
  }
  if (channel < job->count) run_tail(job, at, 1, channel, channel, out + channel);
}

/* All channels of two neighbours with nine taps each. */
static __attribute__((noinline)) void run_two_pixels(const struct job* job, const int8_t** at,
                                                     int8_t* out) {
  const struct mcu_requantization* r = &job->op->requantization;
  const int32_t channels = job->op->window.in_channels;
  const int8_t* weights = job->op->weights + job->begin * SMALL_TAPS;
  int32_t channel = 0;
  for (; channel + BLOCK <= job->count; channel += BLOCK, weights += BLOCK * SMALL_TAPS) {
    int32_t sums[2 * BLOCK];
    sum_two_blocks(at, weights, r->bias + job->begin + channel, sums);
    store_block(r, job->begin + channel, 2, sums, out + channel, channels);
  }
  if (channel == job->count) return;
  run_tail(job, at, 2, 0, channel, out + channel);
  run_tail(job, at + 1, 2, 0, channel, out + channel + channels);
}

static void run_pixels(const struct job* job, const struct mcu_segment* segment, int8_t* out) {
  const int8_t* at[MAX_TAPS];
  const struct mcu_window* w = &job->op->window;
  int32_t x = segment->first;
  if (w->rows.kernel * w->columns.kernel == SMALL_TAPS) {
    for (; x + 2 <= segment->last; x += 2, out += 2 * w->in_channels) {
      find_pixels(job, x, at, 2);
      find_pixels(job, x + 1, at + 1, 2);
      run_two_pixels(job, at, out);
    }
  }
  for (; x < segment->last; ++x, out += w->in_channels) {
    find_pixels(job, x, at, 1);
    run_pixel(job, at, out);
  }
}

/* Sum of one output channel. */
static int32_t sum_any(const struct job* job, int32_t x, int32_t channel) {
  const struct mcu_window* w = &job->op->window;
  const struct mcu_map* in = job->in;
  const struct mcu_taps columns = mcu_find_taps(&w->columns, x, w->in_width);
  const int32_t taps = w->rows.kernel * w->columns.kernel;
  const int32_t block = channel / BLOCK * BLOCK, rest = w->out_channels - block;
  const int32_t source = channel / (w->out_channels / w->in_channels);
  const int8_t* weight = job->op->weights + block * taps + (channel - block);
  int32_t sum = job->op->requantization.bias[channel], start = job->row;
  for (int32_t ky = 0; ky < w->rows.kernel; ++ky) {
    const int row_inside = ky >= job->rows.first && ky < job->rows.last;
    for (int32_t kx = 0; kx < w->columns.kernel; ++kx, weight += rest < BLOCK ? rest : BLOCK) {
      int32_t value = job->op->input_zero_point;
      if (row_inside && kx >= columns.first && kx < columns.last) {
        const int32_t column = columns.begin + kx * w->columns.dilation;
        value = in->base[mcu_ring_advance(in, start, column) * in->pixel_bytes + source];
      }
      sum += value * *weight;
    }
    if (row_inside) start = mcu_ring_advance(in, start, w->rows.dilation * in->width);
  }
  return sum;
}

/* Windows with more taps than that, and several output channels per input channel: value by value.
 */
static void run_any(const struct job* job, const struct mcu_segment* segment, int8_t* out) {
  for (int32_t x = segment->first; x < segment->last; ++x) {
    for (int32_t c = 0; c < job->op->window.out_channels; ++c) {
      const int32_t sum = sum_any(job, x, c);
      mcu_requantize_channel(&job->op->requantization, c, &sum, 1, 1, out++, 1);
    }
  }
}

/* Whether no tap of the segment lies outside the map. */
static int inside_map(const struct job* job, const struct mcu_segment* segment) {
  const struct mcu_window* w = &job->op->window;
  const struct mcu_reach* reach = &w->columns;
  const int32_t last = (segment->last - 1) * reach->stride - reach->before;
  return job->rows.last - job->rows.first == w->rows.kernel &&
         segment->first * reach->stride >= reach->before &&
         last + (reach->kernel - 1) * reach->dilation < w->in_width;
}

void mcu_depthwise(const void* op, const struct mcu_map* inputs, const struct mcu_segment* segment,
                   int8_t* out, void* scratch) {
  struct job job;
  job.op = op;
  job.in = inputs;
  job.padding = scratch;
  job.begin = 0;
  const struct mcu_window* w = &job.op->window;
  find_rows(&job, segment->y);
  if (w->rows.kernel * w->columns.kernel > MAX_TAPS || w->in_channels != w->out_channels) {
    run_any(&job, segment, out);
    return;
  }
  const int inside = inside_map(&job, segment);
  for (; job.begin < w->in_channels; job.begin += job.count) {
    const int32_t left = w->in_channels - job.begin;
    job.count = left < MCU_PADDING_CHANNELS ? left : MCU_PADDING_CHANNELS;
    if (!inside) memset(scratch, job.op->input_zero_point, (size_t)job.count);
    run_pixels(&job, segment, out + job.begin);
  }
}
