/* The window that pools look through. */
#ifndef MCUNAS_ENGINE_KERNELS_MCU_POOL_H
#define MCUNAS_ENGINE_KERNELS_MCU_POOL_H

#include "mcu_kernels.h"

enum { MCU_POOL_BLOCK = 8 }; /* channels pooled together */

/* The part of a window that lies in the map: `rows` x `columns` pixels, the first one at `start` of
 * the ring. Pools have no dilation. */
struct mcu_pool_window {
  int32_t start, rows, columns;
};

static inline struct mcu_pool_window mcu_find_pool_window(const struct mcu_window* w,
                                                          const struct mcu_map* in, int32_t y,
                                                          int32_t x) {
  const struct mcu_taps rows = mcu_find_taps(&w->rows, y, in->height);
  const struct mcu_taps columns = mcu_find_taps(&w->columns, x, w->in_width);
  const int32_t row = mcu_row_start(in, rows.begin + rows.first);
  const struct mcu_pool_window window = {mcu_ring_advance(in, row, columns.begin + columns.first),
                                         rows.last - rows.first, columns.last - columns.first};
  return window;
}

/* Bytes 0 and 2 of a word, and 1 and 3, added to two 16-bit lanes. */
#if MCU_HAS_DSP
static inline int32_t mcu_add_bytes(int32_t lanes, int32_t word) { return __sxtab16(lanes, word); }

static inline int32_t mcu_add_bytes_ror8(int32_t lanes, int32_t word) {
  int32_t result;
  __asm__("sxtab16 %0, %1, %2, ror #8" : "=r"(result) : "r"(lanes), "r"(word));
  return result;
}
#else
static inline int32_t mcu_add_bytes(int32_t lanes, int32_t word) {
  return mcu_pair(mcu_low16(lanes) + (int8_t)word, mcu_high16(lanes) + (int8_t)(word >> 16));
}

static inline int32_t mcu_add_bytes_ror8(int32_t lanes, int32_t word) {
  return mcu_pair(mcu_low16(lanes) + (int8_t)(word >> 8), mcu_high16(lanes) + (word >> 24));
}
#endif

#endif
