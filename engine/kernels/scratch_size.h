/* Scratch bytes that a kernel needs beside its input and output rows. The planner and the kernels
 * share these formulas: there is no second place where they are written. C11 and C++. */
#ifndef MCUNAS_ENGINE_KERNELS_SCRATCH_SIZE_H
#define MCUNAS_ENGINE_KERNELS_SCRATCH_SIZE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

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
 * column buffer of 16-bit values. Deep windows take fewer pixels, so that the buffer stays small.
 */
static inline int32_t mcu_tile_pixels(int32_t depth, int32_t out_width) {
  const int32_t pixels = depth <= 256 ? 4 : depth <= 1024 ? 2 : 1;
  const int32_t widest = out_width >= 3 ? 4 : out_width;
  return pixels < widest ? pixels : widest;
}

/* 32-bit words per pixel of the column buffer: two values each. */
static inline int32_t mcu_column_words(int32_t depth) { return (depth + 1) / 2; }

/* Columns of the line buffer of depthwise: one channel of the rows below the window, 16 bits each.
 * Enough for a whole row of stride 2, at most 64 and the overhang of the window; wider rows are
 * computed in pieces. */
static inline int32_t mcu_line_columns(int32_t kernel, int32_t out_width) {
  const int32_t outputs = out_width >= 32 ? 64 : (out_width + 3) / 4 * 8;
  return outputs + kernel / 2 * 2;
}

/* Bytes, a multiple of 4. kernel: window size; in_channels, out_channels, out_width of the
 * operator. */
static inline int32_t mcu_scratch_bytes(enum mcu_op_kind kind, int32_t kernel, int32_t in_channels,
                                        int32_t out_channels, int32_t out_width) {
  const int32_t depth = kind == MCU_OP_CONV ? kernel * kernel * in_channels : in_channels;
  const int32_t columns = 4 * mcu_tile_pixels(depth, out_width) * mcu_column_words(depth);
  switch (kind) {
    case MCU_OP_CONV:
      return columns + (depth + 3) / 4 * 4; /* and one window of bytes */
    case MCU_OP_POINTWISE:
      return columns;
    case MCU_OP_DEPTHWISE:
      /* Windows of other sizes work without. */
      return kernel == 3 || kernel == 5 || kernel == 7
                 ? 2 * kernel * mcu_line_columns(kernel, out_width)
                 : 0;
    case MCU_OP_GLOBAL_AVERAGE_POOL:
      return 4 * out_channels; /* one int32 sum per channel */
    default:
      return 0;
  }
}

#ifdef __cplusplus
}
#endif
#endif
