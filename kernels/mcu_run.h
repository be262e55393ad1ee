/* The scheduler: runs an operator table group by group, as a plan says
 * (memory_model/execution_plan.h has the rules).
 *
 * A group computes the output of its last step tile by tile. The last step is asked for its next
 * pixels; whoever lacks pixels that are needed for them computes some first, so that the maps
 * inside a group may be short rings. */
#ifndef MCUNAS_ENGINE_KERNELS_MCU_RUN_H
#define MCUNAS_ENGINE_KERNELS_MCU_RUN_H

#include "mcu_kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where something lies: pixel (y, x) of a map, stored from column `origin` on, at offset + ((y *
 * width + x - origin) % ring_pixels) * pixel_bytes of its region. A tensor that moves has one
 * placement per place. */
struct mcu_placement {
  int32_t offset;
  int32_t ring_pixels;
  int32_t pixel_bytes, width, height;
  int32_t region;
};

/* Output index o reads input indices o / upscale * stride + first to o / upscale * stride + last,
 * each moved to the nearest one that there is. */
struct mcu_axis {
  int16_t stride, upscale, first, last;
};

struct mcu_access {
  struct mcu_axis rows, columns;
};

/* What a step reads: a placement, and how far. producer: step that writes it, counted from the
 * first one of the group; -1: it is there already. tile: the same where only the columns of the
 * tile are stored, otherwise -1. */
struct mcu_operand {
  int16_t placement, producer, access, tile;
};

enum {
  MCU_MOST_OPERANDS = 8,
  MCU_WHOLE_ROWS = 32767, /* as limit: no limit */
  /* A step that computes the rows that nobody in its group asked for: a later group does. */
  MCU_COMPLETES = 1,
  /* A step that begins anew in every tile. All but a source of rows that come only once. */
  MCU_RESTARTS = 2,
  /* A step whose map has one pixel, whatever it advances over. */
  MCU_SINGLE_OUTPUT = 4
};

/* One operator. Advances over `height` x `width` pixels: its output's, for global pooling its
 * input's. */
struct mcu_step {
  mcu_kernel* kernel; /* NULL: rows of the network's input come from the caller, into `output` */
  const void* op;
  int16_t operands, operand_count; /* operands [operands, operands + operand_count) */
  int16_t output, scratch;         /* placements */
  int16_t height, width;
  int16_t limit; /* columns computed at a time */
  int16_t flags;
  int16_t op_index; /* for the hook; -1: none */
};

struct mcu_group {
  int16_t first, last; /* steps [first, last) */
  int16_t strips, bands;
  int16_t moves; /* so many moves are carried out before it */
};

/* bytes [from, from + bytes) of one region go to `to` of the other. */
struct mcu_move {
  int32_t from, to, bytes;
  int16_t from_region, to_region;
};

struct mcu_program {
  const struct mcu_step* steps;
  const struct mcu_placement* placements;
  const struct mcu_operand* operands;
  const struct mcu_access* accesses;
  const struct mcu_group* groups;
  const struct mcu_move* moves;
  int32_t group_count;
};

/* Of one step while its group runs. Pixels are numbered y * 65536 + x. */
struct mcu_progress {
  int32_t next;      /* first pixel not yet computed */
  int32_t goal;      /* last pixel asked for */
  int16_t low, high; /* columns of the tile */
  int16_t caller;    /* step of the group that asks, -1: none */
  int16_t operand;   /* operands before this one have delivered what the next segment needs */
};

typedef void (*mcu_step_hook)(void* user, int op_index);
/* Writes row `row` of the network's input to `destination`. Not 0: stop. */
typedef int (*mcu_read_row)(void* user, int row, int8_t* destination);

struct mcu_caller {
  void* const* arenas;           /* one per region */
  struct mcu_progress* progress; /* one per step of the longest group */
  mcu_read_row read_row;         /* may be NULL where no step needs it */
  void* row_user;
  mcu_step_hook hook; /* may be NULL; called after each whole operator, in longer groups after each
                         segment */
  void* hook_user;
};

/* 0, or what read_row returned. */
int mcu_run(const struct mcu_program* program, const struct mcu_caller* caller);

#ifdef __cplusplus
}
#endif
#endif
