/* Row kernels: each computes one output row of an operator from the rows of its input.
 *
 * Tensors are HWC int8. A map is a ring of rows; a whole map is a ring with `height` rows.
 * Reading contract: while output row y is written, the input rows that y needs are intact; earlier
 * input rows may be overwritten by the output. Add may write exactly over one of its inputs.
 * Nothing here keeps state or allocates. Scratch: mcu_scratch_bytes() bytes, 4-byte aligned, free
 * to be overwritten between calls. One source for host and microcontroller. */
#ifndef MCUNAS_ENGINE_KERNELS_MCU_KERNELS_H
#define MCUNAS_ENGINE_KERNELS_MCU_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "mcu_requantize.h"
#include "scratch_size.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Row y lies at base + (y % ring_rows) * row_bytes. */
struct mcu_rows {
  const int8_t* base;
  int32_t row_bytes;
  int32_t ring_rows;
  int32_t height;
};

/* NULL outside the map. */
static inline const int8_t* mcu_row(const struct mcu_rows* rows, int32_t y) {
  if (y < 0 || y >= rows->height) return NULL;
  if (y >= rows->ring_rows) y %= rows->ring_rows;
  return rows->base + y * rows->row_bytes;
}

struct mcu_window {
  int32_t in_width, in_channels;
  int32_t out_width, out_channels;
  int32_t kernel, stride, padding; /* square window, same padding on all sides */
};

/* Operators with weights. Layout of the weights, as the generator writes them:
 *   conv, pointwise, fully connected: channels in pairs a, b. Per pair, over the depth d (conv: ky,
 * kx, channel): an odd depth begins with a0 b0; then per four values a0 b0 a2 b2 a1 b1 a3 b3; then,
 * if two are left, a0 b0 a1 b1. That is the order in which SXTB16 takes words apart. An odd last
 * channel stands alone, its values in the same order. depthwise: per channel kernel x kernel
 * values. Accumulators start from bias - input zero point * sum(weights), so padding counts as the
 * input's zero point. */
struct mcu_weighted {
  struct mcu_window window;
  int32_t input_zero_point;
  const int8_t* weights;
  struct mcu_requantization requantization;
};

struct mcu_factor {
  int32_t multiplier;
  int32_t right_shift;
};

/* TFLite ADD: both inputs scaled by 2^20 and their factors, the sum scaled to the output. */
struct mcu_addition {
  int32_t row_elements;
  int32_t first_zero_point, second_zero_point, zero_point;
  struct mcu_factor first, second, output;
  int32_t low, high;
  int32_t rounding; /* enum mcu_rounding; fast needs right_shift >= 0 of the inputs, >= 1 of the
                       output */
};

struct mcu_pooling {
  struct mcu_window window; /* of mcu_average_pool_row */
  int32_t low, high;
};

/* op: the struct of the operator. inputs: one map, two for add. out: row y of the output.
 * Global pool and fully connected have one output row, 0, and need the whole map; fully connected
 * needs it without gaps. */
typedef void mcu_row_kernel(const void* op, const struct mcu_rows* inputs, int32_t y, int8_t* out,
                            void* scratch);

mcu_row_kernel mcu_conv_row;                /* struct mcu_weighted */
mcu_row_kernel mcu_pointwise_row;           /* struct mcu_weighted */
mcu_row_kernel mcu_depthwise_row;           /* struct mcu_weighted */
mcu_row_kernel mcu_fully_connected_row;     /* struct mcu_weighted */
mcu_row_kernel mcu_add_row;                 /* struct mcu_addition */
mcu_row_kernel mcu_average_pool_row;        /* struct mcu_pooling */
mcu_row_kernel mcu_global_average_pool_row; /* struct mcu_pooling */

#ifdef __cplusplus
}
#endif
#endif
