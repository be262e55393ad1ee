#include "mcu_run.h"

static struct mcu_rows rows_of(const struct mcu_placement* placement, int8_t* arena) {
  const struct mcu_rows rows = {arena + placement->offset, placement->row_bytes,
                                placement->ring_rows, placement->height};
  return rows;
}

static void run_row(const struct mcu_program* program, int8_t* arena, int32_t index, int32_t y) {
  const struct mcu_step* step = &program->steps[index];
  const struct mcu_placement* out = &program->placements[index + 1];
  struct mcu_rows inputs[2];
  inputs[0] = rows_of(&program->placements[step->inputs[0]], arena);
  inputs[1] =
      step->inputs[1] < 0 ? inputs[0] : rows_of(&program->placements[step->inputs[1]], arena);
  const int32_t ring_row = y < out->ring_rows ? y : y % out->ring_rows;
  step->kernel(step->op, inputs, y, arena + out->offset + ring_row * out->row_bytes,
               arena + program->scratch_offset);
}

/* The step of the group that must compute a row before `index` can compute row y; `index` if none.
 */
static int32_t find_missing(const struct mcu_program* program, const struct mcu_group* group,
                            const int16_t* rows_done, int32_t index) {
  const struct mcu_step* step = &program->steps[index];
  const int32_t wanted = rows_done[index - group->first] * step->stride + step->reach;
  for (int i = 0; i < 2; ++i) {
    const int32_t producer = step->inputs[i] - 1;
    if (producer < group->first) continue;
    const int32_t height = program->placements[producer + 1].height;
    if (rows_done[producer - group->first] < (wanted < height ? wanted : height)) return producer;
  }
  return index;
}

static void run_group(const struct mcu_program* program, const struct mcu_group* group,
                      int8_t* arena, int16_t* rows_done, mcu_step_hook hook, void* user) {
  const int32_t last = group->last - 1;
  memset(rows_done, 0, (size_t)(group->last - group->first) * sizeof *rows_done);
  while (rows_done[last - group->first] < program->placements[last + 1].height) {
    int32_t index = last;
    for (int32_t missing = find_missing(program, group, rows_done, index); missing != index;
         missing = find_missing(program, group, rows_done, index)) {
      index = missing;
    }
    run_row(program, arena, index, rows_done[index - group->first]++);
    if (hook != NULL) hook(user, index);
  }
}

void mcu_run(const struct mcu_program* program, int8_t* arena, int16_t* rows_done,
             mcu_step_hook hook, void* user) {
  for (int32_t g = 0; g < program->group_count; ++g) {
    const struct mcu_group* group = &program->groups[g];
    if (group->last - group->first > 1) {
      run_group(program, group, arena, rows_done, hook, user);
      continue;
    }
    const int32_t height = program->placements[group->first + 1].height;
    for (int32_t y = 0; y < height; ++y) run_row(program, arena, group->first, y);
    if (hook != NULL) hook(user, group->first);
  }
}
