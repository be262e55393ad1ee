/* Scratch bytes that a kernel needs beside its inputs and output: never more than
 * MCU_LARGEST_SCRATCH, whatever the network. The planner and the kernels share these formulas:
 * there is no second place where they are written. C11 and C++. */
#ifndef MCUNAS_ENGINE_KERNELS_SCRATCH_SIZE_H
#define MCUNAS_ENGINE_KERNELS_SCRATCH_SIZE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  MCU_LARGEST_SCRATCH = 4096,
  /* Windows too deep for one column are multiplied in blocks of so many values ... */
  MCU_BLOCK_DEPTH = 1024,
  /* ... for so many output channels at a time, whose sums stand in scratch. */
  MCU_BLOCK_CHANNELS = 256,
  /* Channels of a pixel outside the map that depthwise keeps: more are done in several rounds. */
  MCU_PADDING_CHANNELS = 256
};

enum mcu_op_kind {
  MCU_OP_CONV,
  MCU_OP_POINTWISE,
  MCU_OP_DEPTHWISE,
  MCU_OP_ADD,
  MCU_OP_AVERAGE_POOL,
  MCU_OP_GLOBAL_AVERAGE_POOL,
  MCU_OP_FULLY_CONNECTED
};

/* Pixels that conv and pointwise compute together: their windows of `depth` values each stand in a
 * column buffer of 16-bit values. Deep windows take fewer pixels, so that the buffer stays small;
 * 0: too deep, multiplied in blocks. staged: the bytes of one window stand beside the buffer
 * (conv).
 */
static inline int32_t mcu_tile_pixels(int32_t depth, int32_t staged, int32_t out_width) {
  const int32_t pixels = depth <= 256                      ? 4
                         : depth <= (staged ? 800 : 1024)  ? 2
                         : depth <= (staged ? 1360 : 2048) ? 1
                                                           : 0;
  const int32_t widest = out_width >= 3 ? 4 : out_width;
  return pixels < widest ? pixels : widest;
}

/* 32-bit words per pixel of the column buffer: two values each. */
static inline int32_t mcu_column_words(int32_t depth) { return (depth + 1) / 2; }

static inline int32_t mcu_matrix_scratch(int32_t depth, int32_t staged, int32_t out_width) {
  const int32_t pixels = mcu_tile_pixels(depth, staged, out_width);
  if (pixels == 0) {
    return 4 * MCU_BLOCK_CHANNELS + 4 * mcu_column_words(MCU_BLOCK_DEPTH) +
           (staged ? MCU_BLOCK_DEPTH : 0);
  }
  return 4 * pixels * mcu_column_words(depth) + (staged ? (depth + 3) / 4 * 4 : 0);
}

/* Bytes, a multiple of 4. taps: pixels of the window (height * width, 1 without a window);
 * in_channels, out_channels, out_width of the operator. */
static inline int32_t mcu_scratch_bytes(enum mcu_op_kind kind, int32_t taps, int32_t in_channels,
                                        int32_t out_channels, int32_t out_width) {
  (void)out_channels;
  switch (kind) {
    case MCU_OP_CONV:
      return mcu_matrix_scratch(taps * in_channels, 1, out_width);
    case MCU_OP_POINTWISE:
      return mcu_matrix_scratch(in_channels, 0, out_width);
    case MCU_OP_DEPTHWISE:
      return in_channels < MCU_PADDING_CHANNELS ? (in_channels + 3) / 4 * 4 : MCU_PADDING_CHANNELS;
    default:
      return 0;
  }
}

#ifdef __cplusplus
}
#endif
#endif
