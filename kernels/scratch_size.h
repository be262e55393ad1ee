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
  MCU_LARGEST_SCRATCH = 4096, /* twice that where weights have 4 bits */
  /* Windows too deep for one column are multiplied in blocks of so many values ... */
  MCU_BLOCK_DEPTH = 1024,
  /* ... for so many output channels at a time, whose sums stand in scratch. */
  MCU_BLOCK_CHANNELS = 256,
  /* Depthwise spreads the rows below a window channel by channel: so many columns of so many
   * channels at a time, as 16-bit values. */
  MCU_PLANE_COLUMNS = 30,
  MCU_PLANE_CHANNELS = 4,
  /* Weights of 4 bits are unpacked for so many channels at a time as fit into so many bytes, at
   * least for the fewest that a kernel computes together, ... */
  MCU_UNPACKED_BYTES = 2048,
  /* ... if these fit here. */
  MCU_LARGEST_UNPACKED = 4096
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

/* What scratch depends on. Fields that an operator has no use for may be 0. */
struct mcu_scratch_shape {
  int32_t kernel_height, kernel_width; /* 1 without a window */
  int32_t column_stride, column_dilation;
  int32_t in_channels, out_channels;
  int32_t out_width;
  int32_t weight_bits; /* 8 or 4 */
};

/* 32-bit words per pixel of the column buffer: two values each. */
static inline int32_t mcu_column_words(int32_t depth) { return (depth + 1) / 2; }

/* Pixels that conv and pointwise compute together: their windows of `depth` values each stand in a
 * column buffer of 16-bit values, for conv beside a row of each, `staged` bytes. Deep windows take
 * fewer pixels, so that both stay small; 0: too deep, multiplied in blocks. */
static inline int32_t mcu_tile_pixels(int32_t depth, int32_t staged, int32_t out_width) {
  const int32_t bytes = 4 * mcu_column_words(depth) + (staged + 3) / 4 * 4;
  const int32_t pixels = depth <= 288                       ? 4
                         : 2 * bytes <= MCU_LARGEST_SCRATCH ? 2
                         : bytes <= MCU_LARGEST_SCRATCH     ? 1
                                                            : 0;
  const int32_t widest = out_width >= 3 ? 4 : out_width;
  return pixels < widest ? pixels : widest;
}

/* staged: bytes of a row of one window that may have to be put together (conv), or 0. */
static inline int32_t mcu_matrix_scratch(int32_t depth, int32_t staged, int32_t out_width) {
  const int32_t pixels = mcu_tile_pixels(depth, staged, out_width);
  if (pixels == 0) {
    return 4 * MCU_BLOCK_CHANNELS + 4 * mcu_column_words(MCU_BLOCK_DEPTH) + MCU_BLOCK_DEPTH;
  }
  return 4 * pixels * mcu_column_words(depth) + (pixels * staged + 3) / 4 * 4;
}

/* 3, 5 or 7: the side of the window, perhaps widened with zeros, that depthwise has a fast form
 * for; 0: it has none. */
static inline int32_t mcu_depthwise_side(const struct mcu_scratch_shape* s) {
  const int32_t side = s->kernel_height > s->kernel_width ? s->kernel_height : s->kernel_width;
  if (s->column_stride > 2 || s->column_dilation != 1) return 0;
  return side > 7 ? 0 : side > 5 ? 7 : side > 3 ? 5 : 3;
}

/* Bytes of weights of a channel in that form (struct mcu_weighted). */
static inline int32_t mcu_depthwise_channel_bytes(int32_t side, int32_t column_stride) {
  return side * (side == 3 ? 4 : side == 5 || column_stride == 2 ? 8 : 12);
}

/* Weights of an output channel of conv, pointwise and depthwise as the kernels read them. */
static inline int32_t mcu_channel_values(enum mcu_op_kind kind, const struct mcu_scratch_shape* s) {
  const int32_t window = s->kernel_height * s->kernel_width;
  if (kind != MCU_OP_DEPTHWISE) return window * s->in_channels;
  const int32_t side = mcu_depthwise_side(s);
  return side == 0 ? window : mcu_depthwise_channel_bytes(side, s->column_stride);
}

/* Output channels of those whose weights of 4 bits are unpacked together, but for the last ones; 0:
 * they cannot be. Channels that a kernel computes together stay together. */
static inline int32_t mcu_block_channels(enum mcu_op_kind kind, const struct mcu_scratch_shape* s) {
  const int32_t values = mcu_channel_values(kind, s), channels = s->out_channels;
  const int32_t per_input = channels / s->in_channels;
  const int32_t together = kind != MCU_OP_DEPTHWISE                       ? 2
                           : mcu_depthwise_side(s) != 0 && per_input == 1 ? MCU_PLANE_CHANNELS
                                                                          : per_input;
  if (kind == MCU_OP_DEPTHWISE) {
    if (together > MCU_LARGEST_UNPACKED / values) return 0;
  } else if (mcu_tile_pixels(values, kind == MCU_OP_CONV ? s->kernel_width * s->in_channels : 0,
                             1) == 0) {
    return 0;
  }
  const int32_t most = MCU_UNPACKED_BYTES / values / together;
  const int32_t units = (channels + together - 1) / together;
  if (most <= 1) return together;
  /* As even as possible. */
  const int32_t blocks = (units + most - 1) / most;
  return (units + blocks - 1) / blocks * together;
}

/* Bytes of `channels` channels of such a block: packed ... */
static inline int32_t mcu_packed_bytes(int32_t channels, int32_t values) {
  return (channels * values + 7) / 8 * 4;
}

/* ... and unpacked. */
static inline int32_t mcu_unpacked_bytes(int32_t channels, int32_t values) {
  return 2 * mcu_packed_bytes(channels, values);
}

/* Room for the unpacked weights of a block. */
static inline int32_t mcu_unpacked_room(enum mcu_op_kind kind, const struct mcu_scratch_shape* s) {
  if (s->weight_bits != 4) return 0;
  return mcu_unpacked_bytes(mcu_block_channels(kind, s), mcu_channel_values(kind, s));
}

/* Bytes, a multiple of 4. */
static inline int32_t mcu_scratch_bytes(enum mcu_op_kind kind, const struct mcu_scratch_shape* s) {
  const int32_t row = s->kernel_width * s->in_channels;
  switch (kind) {
    case MCU_OP_CONV:
      return mcu_matrix_scratch(s->kernel_height * row, row, s->out_width) +
             mcu_unpacked_room(kind, s);
    case MCU_OP_POINTWISE:
      return mcu_matrix_scratch(s->in_channels, 0, s->out_width) + mcu_unpacked_room(kind, s);
    case MCU_OP_DEPTHWISE:
      return 2 * MCU_PLANE_COLUMNS * MCU_PLANE_CHANNELS * mcu_depthwise_side(s) +
             mcu_unpacked_room(kind, s);
    default:
      return 0;
  }
}

#ifdef __cplusplus
}
#endif
#endif
