/* Kernels: each computes a segment, a few neighbouring pixels of one output row, from the input
 * pixels that these need.
 *
 * Tensors are HWC int8. A map is a ring of pixels in raster order; a whole map is a ring of
 * height * width pixels. Reading contract: while a segment is computed, the input pixels that it
 * reads are intact; the segment may lie over any others. Add, multiply, extreme, lookup and those
 * with constants may write exactly over an input of the output's shape, the requantisation of sums
 * over its input. Kernels whose pixels depend on the same pixel of the inputs alone read and write
 * them in order, a few at a time, so a whole map may be given to them as one long row. Nothing here
 * keeps state or allocates.
 * Scratch: mcu_scratch_bytes() bytes, 4-byte aligned, free to be overwritten between calls. One
 * source for host and microcontroller. */
#ifndef MCUNAS_ENGINE_KERNELS_MCU_KERNELS_H
#define MCUNAS_ENGINE_KERNELS_MCU_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "mcu_requantize.h"
#include "scratch_size.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Pixel (y, x) lies at base + ((y * width + x - origin) % ring_pixels) * pixel_bytes. */
struct mcu_map {
  const int8_t* base;
  int32_t pixel_bytes;
  int32_t ring_pixels;
  int32_t width;  /* pixels from one row to the next: those of the map, in strips those stored */
  int32_t height; /* of the whole map */
  int32_t origin; /* first column that is stored */
};

/* Where column 0 of row y would lie, as a pixel of the ring. One division at most. */
static inline int32_t mcu_row_start(const struct mcu_map* map, int32_t y) {
  int32_t start = y * map->width - map->origin;
  if (start >= map->ring_pixels) start %= map->ring_pixels;
  while (start < 0) start += map->ring_pixels;
  return start;
}

/* `steps` pixels behind `start`. A division only where a row is several times as long as the ring.
 */
static inline int32_t mcu_ring_advance(const struct mcu_map* map, int32_t start, int32_t steps) {
  start += steps;
  if (start >= map->ring_pixels) start -= map->ring_pixels;
  if (start >= map->ring_pixels) start %= map->ring_pixels;
  return start;
}

/* Columns [first, last) of row y. */
struct mcu_segment {
  int32_t y, first, last;
};

/* Output index o reads input indices o * stride - before + tap * dilation, tap in [0, kernel), that
 * lie in the map. */
struct mcu_reach {
  int16_t kernel, stride, before, dilation;
};

/* Taps [first, last) of one output index lie in the map; tap 0 is, or would be, at `begin`. */
struct mcu_taps {
  int32_t begin, first, last;
};

static inline struct mcu_taps mcu_find_taps(const struct mcu_reach* reach, int32_t o,
                                            int32_t size) {
  const int32_t dilation = reach->dilation, begin = o * reach->stride - reach->before;
  struct mcu_taps taps = {begin, begin < 0 ? -begin : 0, size - begin};
  if (dilation != 1) {
    taps.first = (taps.first + dilation - 1) / dilation;
    taps.last = (taps.last + dilation - 1) / dilation;
  }
  if (taps.last > reach->kernel) taps.last = reach->kernel;
  if (taps.last < taps.first) taps.last = taps.first;
  return taps;
}

struct mcu_window {
  int32_t in_width, in_channels;
  int32_t out_step; /* values from an output pixel to the next; operators with weights only */
  int32_t out_channels;
  struct mcu_reach rows, columns;
};

/* Operators with weights. Layout of the weights, as the generator writes them:
 *   conv, pointwise: channels in pairs a, b. A window is `rows.kernel` runs of columns.kernel *
 * in_channels values. First come the last run % 4 values of each run, row by row: of an odd number
 * of them a0 b0, then a0 b0 a1 b1 per two. Then the others, per four values a0 b0 a2 b2 a1 b1 a3
 * b3: the order in which SXTB16 takes words apart. An odd last channel stands alone, its values in
 * the same order.
 *   fully connected: channels in fours; per four inputs four values of each channel, then the last
 * depth % 4 values of each. The last one to three channels stand alone, in the order of the inputs.
 *   depthwise, in the fast form of mcu_depthwise_side(): channel by channel, row by row of a window
 * that zeros widen to that side: w0 w1 w1 w2 (side 3), w0 w2 w1 w3 w1 w3 w2 w4 (5), w0 w2 w1 w3 w4
 * w1 w5 w2 w3 w5 w4 w6 (7); for a column stride of 2: w0 w2 w1 0, w0 w2 w1 w3 w4 0 0 0, w0 w2 w1 w3
 * w4 w6 w5 0. Otherwise channel by channel, in the order of the window. Several output channels per
 * input channel follow one another.
 * Accumulators start from bias - input zero point * sum(weights), so padding counts as the input's
 * zero point. */
struct mcu_weighted {
  struct mcu_window window;
  int32_t input_zero_point;
  const int8_t* weights;
  struct mcu_requantization requantization;
};

/* An operator whose weights have 4 bits: `kernel` runs for `block_channels` output channels at a
 * time (mcu_block_channels() of scratch_size.h), whose weights are unpacked for that. The weights
 * of a block, in the order above, stand in words of eight: the low halves of the bytes hold the
 * first four, the high halves the others. Zeros fill the last word. */
struct mcu_packed {
  struct mcu_weighted op;
  void (*kernel)(const void* op, const struct mcu_map* inputs, const struct mcu_segment* segment,
                 int8_t* out, void* scratch);
  int32_t block_channels;
  int32_t channel_values; /* weights of a channel */
  int32_t per_input;      /* depthwise: output channels per input channel; otherwise 0 */
};

struct mcu_factor {
  int32_t multiplier;
  int32_t right_shift;
};

/* TFLite ADD and SUB: both inputs scaled by 2^20 and their factors, the sum or difference of them
 * scaled to the output, rounded twice. Where first_slope is not 0 the output is instead
 *   (offset + first_slope * first / 2^8 + second_slope * second / 2^8) / 2^(MCU_SLOPE_BITS - 8)
 * of the plain input bytes, each quotient rounded down: the generator has tried all pairs of bytes
 * and found the same output. */
enum { MCU_SLOPE_BITS = 28 };
struct mcu_addition {
  int32_t channels;
  int16_t first_zero_point, second_zero_point, zero_point;
  int16_t low, high;
  int8_t first_sign, second_sign; /* 1 or -1 */
  struct mcu_factor first, second, output;
  int32_t first_slope, second_slope, offset;
};

enum mcu_mean {
  MCU_DIVIDE = 0,   /* TFLite's AVERAGE_POOL_2D, which knows no zero points */
  MCU_MEAN = 1,     /* its MEAN, whose factor contains the division */
  MCU_MEAN_FAST = 2 /* the same by mcu_multiply_fast */
};

struct mcu_pooling {
  struct mcu_window window; /* global: only the input's width and channels */
  int32_t low, high;
  /* Averages only. */
  int32_t arithmetic; /* enum mcu_mean */
  int32_t input_zero_point, zero_point;
  struct mcu_factor factor;
};

/* TFLite MUL. */
struct mcu_product {
  int32_t channels;
  int16_t first_zero_point, second_zero_point, zero_point;
  int16_t low, high;
  int16_t rounding; /* enum mcu_rounding, not single */
  struct mcu_factor output;
};

/* TFLite MAXIMUM or MINIMUM. */
struct mcu_extremum {
  int32_t channels, largest;
};

/* One of these with constants: a map of one pixel (one value per channel) or of all. */
struct mcu_with_constants {
  void (*kernel)(const void* op, const struct mcu_map* inputs, const struct mcu_segment* segment,
                 int8_t* out, void* scratch);
  const void* op;
  struct mcu_map constants;
};

/* Any function of one byte: those of 0 to 127, then those of -128 to -1. */
struct mcu_lookup {
  int32_t channels;
  const int8_t* table;
};

/* Every input pixel repeated in `rows` x `columns` output pixels. */
struct mcu_resizing {
  int32_t channels, rows, columns;
};

struct mcu_concatenation {
  int32_t operands;
};

/* TFLite SOFTMAX over the channels of each pixel. exponentials: entry d is e^(-d steps), Q0.31; 0
 * where TFLite neglects it. */
struct mcu_softmax_table {
  int32_t channels;
  const int32_t* exponentials;
};

struct mcu_reshaping {
  int32_t channels, width; /* of the output */
};

/* Output pixel (y, x) holds `channels` bytes, from `channel` on, of input pixel (row + y *
 * row_stride, column + x * column_stride). */
struct mcu_slicing {
  int32_t channels, channel;
  int16_t row, column, row_stride, column_stride;
};

/* `top` rows above and `left` columns before the input, and as many behind as it takes. */
struct mcu_framing {
  int32_t channels, in_width, top, left;
  int32_t zero_point;
};

/* Input row and column of every output row and column. */
struct mcu_picking {
  int32_t channels;
  const int16_t *rows, *columns;
};

/* Output index o lies at (o * scale + offset) / 1024 of the input. */
struct mcu_place {
  int32_t scale, offset;
};

/* TFLite RESIZE_BILINEAR. */
struct mcu_bilinear {
  int32_t channels, in_width;
  struct mcu_place rows, columns;
};

/* op: the struct of the operator. inputs: one map per operand. out: the first pixel of the
 * segment; its pixels lie one after the other. */
typedef void mcu_kernel(const void* op, const struct mcu_map* inputs,
                        const struct mcu_segment* segment, int8_t* out, void* scratch);

mcu_kernel mcu_conv;         /* struct mcu_weighted */
mcu_kernel mcu_pointwise;    /* struct mcu_weighted */
mcu_kernel mcu_average_pool; /* struct mcu_pooling */

/* struct mcu_weighted. By side of the fast form (mcu_depthwise_side) and column stride; any: for
 * those that have none. */
mcu_kernel mcu_depthwise_3_1, mcu_depthwise_3_2;
mcu_kernel mcu_depthwise_5_1, mcu_depthwise_5_2;
mcu_kernel mcu_depthwise_7_1, mcu_depthwise_7_2;
mcu_kernel mcu_depthwise_any;

mcu_kernel mcu_max_pool;        /* struct mcu_pooling */
mcu_kernel mcu_lookup_bytes;    /* struct mcu_lookup */
mcu_kernel mcu_resize_nearest;  /* struct mcu_resizing */
mcu_kernel mcu_concatenate;     /* struct mcu_concatenation */
mcu_kernel mcu_softmax;         /* struct mcu_softmax_table */
mcu_kernel mcu_apply_constants; /* struct mcu_with_constants */

/* Where the second map has one pixel, it meets every pixel of the first; where that is one byte and
 * the first has more channels, it meets every byte. All may write exactly over one of their inputs.
 */
mcu_kernel mcu_add;      /* struct mcu_addition */
mcu_kernel mcu_multiply; /* struct mcu_product */
mcu_kernel mcu_extreme;  /* struct mcu_extremum */

/* struct mcu_reshaping. The input is a whole map. */
mcu_kernel mcu_reshape;

mcu_kernel mcu_slice;           /* struct mcu_slicing */
mcu_kernel mcu_pad;             /* struct mcu_framing */
mcu_kernel mcu_resize_by_table; /* struct mcu_picking */
mcu_kernel mcu_resize_bilinear; /* struct mcu_bilinear */

/* struct mcu_weighted, with weights [out channel][ky][kx][in channel] and a bias without the
 * input's zero point. Tap k of a reach: output o gets input i where o + before - i * stride = k. */
mcu_kernel mcu_transpose_conv;

/* struct mcu_weighted. One output pixel; the input is a whole map. */
mcu_kernel mcu_fully_connected;

/* struct mcu_packed, of mcu_conv, mcu_pointwise and all mcu_depthwise_... Reads the segment's input
 * once per block, so the segment may not lie over any of it. */
mcu_kernel mcu_unpack;

/* struct mcu_weighted, its weights of 4 bits as in struct mcu_packed, in another order: channels in
 * fours, then in twos; per four inputs four values of each. Zeros stand for inputs and for a
 * channel that are not there. */
mcu_kernel mcu_fully_connected_4bit;

/* struct mcu_pooling. Called for every segment of the *input* in raster order (vertical strips are
 * all right too): adds it to one int32 sum per channel at `scratch`, which it clears at pixel
 * (0, 0); writes its only output pixel `out` after the last one. */
mcu_kernel mcu_global_average_pool;

/* struct mcu_weighted, a pointwise convolution in runs of input channels. out: int32 sums, one per
 * output channel of each pixel, 4-byte aligned: set to the bias plus the products where
 * requantization.bias is there, otherwise the products are added. At most MCU_ACCUMULATE_DEPTH
 * input channels. */
enum { MCU_ACCUMULATE_DEPTH = 2048 };
mcu_kernel mcu_accumulate;

/* struct mcu_weighted, of which only the output channels and the requantisation count. Input: a map
 * of such sums, pixel_bytes = 4 * channels. */
mcu_kernel mcu_requantize_sums;

#ifdef __cplusplus
}
#endif
#endif
