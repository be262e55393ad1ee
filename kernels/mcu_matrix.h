/* Products of a few pixels with all output channels: the heart of conv and pointwise. */
#ifndef MCUNAS_ENGINE_KERNELS_MCU_MATRIX_H
#define MCUNAS_ENGINE_KERNELS_MCU_MATRIX_H

#include "mcu_kernels.h"

/* The windows of a few pixels as 16-bit values: word w of pixel p is words[w * pixels + p]. A
 * window is `rows` runs of `run` bytes; order of the values: that of the weights (struct
 * mcu_weighted), an odd first one beside a zero. */
struct mcu_column {
  int32_t* words;
  int32_t pixels; /* 1, 2 or 4 */
  int32_t rows, run;
};

static inline int32_t mcu_column_depth(const struct mcu_column* column) {
  return column->rows * column->run;
}

/* Row `row` of the windows of all pixels: runs[p] is that of pixel p. */
void mcu_fill_row(const struct mcu_column* column, int32_t row, const int8_t* const* runs);

/* That of one pixel. */
void mcu_fill_pixel(const struct mcu_column* column, int32_t row, int32_t pixel, const int8_t* run);

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

/* All output channels of the used pixels of a tile, written to out, out + out_step, ... */
void mcu_multiply_tile(const struct mcu_weighted* op, const struct mcu_tile* tile, int8_t* out);

/* The same products added to `sums`: one per output channel of each pixel. Where the operator has
 * biases they replace what stood there. */
void mcu_accumulate_tile(const struct mcu_weighted* op, const struct mcu_tile* tile, int32_t* sums);

/* Values [begin, begin + count) of a window, in the order of the weights but for the fours, which
 * stand in their natural order; `staged` has room for MCU_BLOCK_DEPTH of them. */
typedef const int8_t* mcu_window_values(const void* window, int32_t begin, int32_t count,
                                        int8_t* staged);

/* One output pixel of an operator that mcu_tile_pixels() calls too deep. Reads its window once for
 * every MCU_BLOCK_CHANNELS output channels. shape: rows and run of the window. */
void mcu_multiply_deep(const struct mcu_weighted* op, const struct mcu_column* shape,
                       mcu_window_values* values, const void* window, int8_t* out, void* scratch);

/* Bytes of weights of a pair of channels. */
static inline int32_t mcu_pair_bytes(int32_t depth) { return 2 * depth; }

#endif
