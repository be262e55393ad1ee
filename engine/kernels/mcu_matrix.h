/* Products of a few pixels with all output channels: the heart of conv, pointwise, fully connected. */
#ifndef MCUNAS_ENGINE_KERNELS_MCU_MATRIX_H
#define MCUNAS_ENGINE_KERNELS_MCU_MATRIX_H

#include "mcu_kernels.h"

/* Spreads `depth` values of one pixel over the column buffer of a tile: word w of pixel p is
 * column[w * pixels + p]. Order of the values: that of the weights (struct mcu_weighted), an odd first one
 * beside a zero. `column` points at word 0 of this pixel. */
void mcu_fill_column(const int8_t *values, int32_t depth, int32_t *column, int32_t pixels);

struct mcu_tile {
  const int32_t *column;
  int32_t pixels; /* 1, 2 or 4 */
  int32_t depth;
};

/* All output channels of the pixels of a tile, written to out, out + out_channels, ... */
void mcu_multiply_tile(const struct mcu_weighted *op, const struct mcu_tile *tile, int8_t *out);

/* Bytes of weights of a pair of channels. */
static inline int32_t mcu_pair_bytes(int32_t depth) { return 2 * depth; }

#endif
