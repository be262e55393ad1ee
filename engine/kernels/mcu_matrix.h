/* Products of a few pixels with all output channels: the heart of conv, pointwise, fully connected.
 */
#ifndef MCUNAS_ENGINE_KERNELS_MCU_MATRIX_H
#define MCUNAS_ENGINE_KERNELS_MCU_MATRIX_H

#include "mcu_kernels.h"

/* Spreads `depth` values of one pixel over the column buffer of a tile: word w of pixel p is
 * column[w * pixels + p]. Order of the values: that of the weights (struct mcu_weighted), an odd
 * first one beside a zero. `column` points at word 0 of this pixel. */
void mcu_fill_column(const int8_t* values, int32_t depth, int32_t* column, int32_t pixels);

struct mcu_tile {
  const int32_t* column;
  int32_t pixels; /* in the column buffer: 1, 2 or 4 */
  int32_t used;   /* the first of them; what the others hold does not matter */
  int32_t depth;
};

/* Pixels of the buffer for `left` more pixels where a tile has `pixels`: three are computed as
 * four. */
static inline int32_t mcu_tail_pixels(int32_t pixels, int32_t left) {
  return left >= pixels ? pixels : left == 3 ? 4 : left;
}

/* All output channels of the used pixels of a tile, written to out, out + out_channels, ... */
void mcu_multiply_tile(const struct mcu_weighted* op, const struct mcu_tile* tile, int8_t* out);

/* Bytes of weights of a pair of channels. */
static inline int32_t mcu_pair_bytes(int32_t depth) { return 2 * depth; }

#endif
