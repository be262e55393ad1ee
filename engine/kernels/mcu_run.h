/* The row scheduler: runs an operator table group by group.
 *
 * In a group of one operator all rows are computed one after the other. In a longer group the
 * operators advance together: the last one is asked for its next row, and whoever lacks rows that
 * are needed for it computes one row first. Maps inside a group may therefore be short rings of
 * rows. */
#ifndef MCUNAS_ENGINE_KERNELS_MCU_RUN_H
#define MCUNAS_ENGINE_KERNELS_MCU_RUN_H

#include "mcu_kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where a map lies in the arena: row y at offset + (y % ring_rows) * row_bytes. */
struct mcu_placement {
  int32_t offset;
  int32_t row_bytes;
  int32_t ring_rows;
  int32_t height;
};

/* One operator. Output row y needs rows [.., y * stride + reach) of its inputs. */
struct mcu_step {
  mcu_row_kernel* kernel;
  const void* op;
  int16_t inputs[2]; /* placements; the second is -1 where there is one input */
  int16_t stride;
  int16_t reach;
};

struct mcu_group {
  int16_t first, last; /* steps [first, last) */
};

/* Step i writes placement i + 1; placement 0 is the network's input. */
struct mcu_program {
  const struct mcu_step* steps;
  const struct mcu_placement* placements;
  const struct mcu_group* groups;
  int32_t group_count;
  int32_t scratch_offset;
};

typedef void (*mcu_step_hook)(void* user, int op_index);

/* The input must lie at placement 0. rows_done: one element per step of the longest group. hook may
 * be NULL; it is called after each whole operator, in longer groups after each row. */
void mcu_run(const struct mcu_program* program, int8_t* arena, int16_t* rows_done,
             mcu_step_hook hook, void* user);

#ifdef __cplusplus
}
#endif
#endif
