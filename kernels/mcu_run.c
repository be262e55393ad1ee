#include "mcu_run.h"

enum { COLUMN_BITS = 16, COLUMN_MASK = 0xffff };

/* A group at work. Steps are counted from its first one. */
struct run {
  const struct mcu_step* steps;
  const struct mcu_placement* placements;
  const struct mcu_operand* operands;
  const struct mcu_access* accesses;
  void* const* arenas;
  struct mcu_progress* progress;
  const struct mcu_group* group;
  const struct mcu_caller* caller;
  int32_t last; /* step */
};

static int32_t pixel_number(int32_t y, int32_t x) { return (y << COLUMN_BITS) | x; }

static int8_t* address_of(const struct run* run, const struct mcu_placement* placement) {
  return (int8_t*)run->arenas[placement->region] + placement->offset;
}

/* Where the indices that o reads are counted from. */
static int32_t origin_of(const struct mcu_axis* axis, int32_t o) {
  if (axis->upscale != 1) o /= axis->upscale;
  return o * axis->stride;
}

static int32_t first_index(const struct mcu_axis* axis, int32_t o, int32_t size) {
  const int32_t first = origin_of(axis, o) + axis->first;
  if (first >= size) return size - 1;
  return first < 0 ? 0 : first;
}

static int32_t last_index(const struct mcu_axis* axis, int32_t o, int32_t size) {
  const int32_t last = origin_of(axis, o) + axis->last;
  if (last < 0) return 0;
  return last < size ? last : size - 1;
}

MCU_INLINE void find_map(const struct run* run, const struct mcu_operand* operand,
                         struct mcu_map* map) {
  const struct mcu_placement* p = &run->placements[operand->placement];
  map->base = address_of(run, p);
  map->pixel_bytes = p->pixel_bytes;
  map->ring_pixels = p->ring_pixels;
  map->width = p->width;
  map->height = p->height;
  map->origin = operand->tile < 0 ? 0 : run->progress[operand->tile].low;
}

static int read_row(const struct run* run, const struct mcu_step* step, int32_t y) {
  const struct mcu_placement* out = &run->placements[step->output];
  int32_t at = y * out->width;
  if (at >= out->ring_pixels) at %= out->ring_pixels;
  return run->caller->read_row(run->caller->row_user, y,
                               address_of(run, out) + at * out->pixel_bytes);
}

/* Columns [first, last) of row y, in pieces where the ring of the output ends. inputs: to be
 * filled, one per operand. */
MCU_INLINE void run_kernel(const struct run* run, int32_t index, int32_t y, int32_t first,
                           int32_t last, struct mcu_map* inputs) {
  const struct mcu_step* step = &run->steps[index];
  const struct mcu_operand* operands = &run->operands[step->operands];
  find_map(run, operands, inputs);
  for (int32_t i = 1; i < step->operand_count; ++i) find_map(run, &operands[i], &inputs[i]);
  const struct mcu_placement* out = &run->placements[step->output];
  int8_t* base = address_of(run, out);
  void* scratch = address_of(run, &run->placements[step->scratch]);
  struct mcu_segment segment = {y, first, last};
  if (step->flags & MCU_SINGLE_OUTPUT) {
    step->kernel(step->op, inputs, &segment, base, scratch);
    return;
  }
  int32_t at = y * out->width + first;
  if (index < run->last) at -= run->progress[index].low;
  if (at >= out->ring_pixels) at %= out->ring_pixels;
  while (segment.first < last) {
    const int32_t room = out->ring_pixels - at;
    segment.last = last - segment.first < room ? last : segment.first + room;
    step->kernel(step->op, inputs, &segment, base + at * out->pixel_bytes, scratch);
    segment.first = segment.last;
    at = 0;
  }
}

/* Apart, for the stack's sake: hardly any operator has so many operands. */
static __attribute__((noinline)) void run_kernel_of_many(const struct run* run, int32_t index,
                                                         int32_t y, int32_t first, int32_t last) {
  struct mcu_map inputs[MCU_MOST_OPERANDS];
  run_kernel(run, index, y, first, last, inputs);
}

static int compute(const struct run* run, int32_t index, int32_t y, int32_t first, int32_t last) {
  struct mcu_map inputs[2];
  const struct mcu_step* step = &run->steps[index];
  if (step->kernel == NULL) return read_row(run, step, y);
  if (step->operand_count > 2) {
    run_kernel_of_many(run, index, y, first, last);
  } else {
    run_kernel(run, index, y, first, last, inputs);
  }
  return 0;
}

/* Asks the operands of a segment that ends before column `end` for its last pixels, from the one on
 * that is next: the first producer that lacks some is told what is wanted and returned, -1 if none
 * does. */
static int32_t find_missing(const struct run* run, const struct mcu_step* step,
                            struct mcu_progress* p, int32_t y, int32_t end) {
  for (; p->operand < step->operand_count; ++p->operand) {
    const struct mcu_operand* operand = &run->operands[step->operands + p->operand];
    if (operand->producer < 0) continue;
    const struct mcu_access* access = &run->accesses[operand->access];
    const struct mcu_step* producer = &run->steps[operand->producer];
    struct mcu_progress* progress = &run->progress[operand->producer];
    const int32_t wanted = pixel_number(last_index(&access->rows, y, producer->height),
                                        last_index(&access->columns, end - 1, producer->width));
    if (progress->next > wanted) continue;
    progress->goal = wanted;
    return operand->producer;
  }
  return -1;
}

/* Lets a step advance until it has computed pixel `goal`; whatever it needs is computed before. */
static int advance(const struct run* run, int32_t index, int32_t goal) {
  run->progress[index].goal = goal;
  run->progress[index].caller = -1;
  run->progress[index].operand = 0;
  while (index >= 0) {
    const struct mcu_step* step = &run->steps[index];
    struct mcu_progress* p = &run->progress[index];
    const int32_t y = p->next >> COLUMN_BITS, x = p->next & COLUMN_MASK;
    int32_t end = p->high;
    if (step->kernel != NULL) {
      const int32_t asked = (p->goal & COLUMN_MASK) + 1;
      if (end - x > step->limit) end = x + step->limit;
      if (asked < end && p->goal >> COLUMN_BITS == y) end = asked;
    }
    const int32_t missing = find_missing(run, step, p, y, end);
    if (missing >= 0) {
      run->progress[missing].caller = (int16_t)index;
      run->progress[missing].operand = 0;
      index = missing;
      continue;
    }
    const int failed = compute(run, index, y, x, end);
    if (failed != 0) return failed;
    if (run->caller->hook != NULL && step->op_index >= 0) {
      run->caller->hook(run->caller->hook_user, step->op_index);
    }
    p->next = end == p->high ? pixel_number(y + 1, p->low) : pixel_number(y, end);
    p->operand = 0;
    if (p->next <= p->goal) continue;
    index = p->caller;
    if (index >= 0) ++run->progress[index].operand;
  }
  return 0;
}

/* Tells the producers of a step that begins in row `row` which columns of the tile it needs, and
 * from which row on. */
static void widen_producers(const struct run* run, const struct mcu_step* step,
                            const struct mcu_progress* p, int32_t row) {
  const struct mcu_operand* operand = &run->operands[step->operands];
  for (int32_t i = step->operand_count; i > 0; --i, ++operand) {
    if (operand->producer < 0) continue;
    const struct mcu_access* access = &run->accesses[operand->access];
    const int32_t width = run->steps[operand->producer].width;
    const int32_t height = run->steps[operand->producer].height;
    struct mcu_progress* producer = &run->progress[operand->producer];
    const int32_t low = first_index(&access->columns, p->low, width);
    const int32_t high = last_index(&access->columns, p->high - 1, width) + 1;
    const int32_t first_row = first_index(&access->rows, row, height);
    if (low < producer->low) producer->low = (int16_t)low;
    if (high > producer->high) producer->high = (int16_t)high;
    if (first_row < producer->goal) producer->goal = first_row;
  }
}

/* Where every step begins in tile (band, strip). `goal` holds the first row until that is known. */
static void begin_tile(const struct run* run, int32_t band, int32_t strip) {
  const struct mcu_group* group = run->group;
  for (int32_t i = 0; i <= run->last; ++i) {
    run->progress[i].low = run->progress[i].goal = MCU_WHOLE_ROWS;
    run->progress[i].high = 0;
  }
  for (int32_t i = run->last; i >= 0; --i) {
    const struct mcu_step* step = &run->steps[i];
    struct mcu_progress* p = &run->progress[i];
    int32_t row = band == 0 || p->goal == MCU_WHOLE_ROWS ? 0 : p->goal;
    if (i == run->last) {
      row = step->height * band / group->bands;
      p->low = (int16_t)(step->width * strip / group->strips);
      p->high = (int16_t)(step->width * (strip + 1) / group->strips);
    } else if (group->strips == 1 || step->kernel == NULL) {
      p->low = 0;
      p->high = step->width;
    }
    if (band + strip == 0 || (step->flags & MCU_RESTARTS)) p->next = pixel_number(row, p->low);
    widen_producers(run, step, p, row);
  }
}

static int run_tiles(const struct run* run) {
  const struct mcu_group* group = run->group;
  const struct mcu_step* final = &run->steps[run->last];
  const struct mcu_progress* p = &run->progress[run->last];
  for (int32_t band = 0; band < group->bands; ++band) {
    const int32_t end = final->height * (band + 1) / group->bands;
    for (int32_t strip = 0; strip < group->strips; ++strip) {
      begin_tile(run, band, strip);
      if (p->low == p->high || p->next >= pixel_number(end, 0)) continue;
      const int failed = advance(run, run->last, pixel_number(end - 1, p->high - 1));
      if (failed != 0) return failed;
    }
  }
  for (int32_t i = 0; i < run->last; ++i) {
    const struct mcu_step* step = &run->steps[i];
    if (!(step->flags & MCU_COMPLETES)) continue;
    if (run->progress[i].next >= pixel_number(step->height, 0)) continue;
    const int failed = advance(run, i, pixel_number(step->height - 1, step->width - 1));
    if (failed != 0) return failed;
  }
  return 0;
}

/* Whole rows of one operator whose inputs are there: nothing to look up. */
static void run_rows(const struct run* run) {
  for (int32_t y = 0; y < run->steps->height; ++y) compute(run, 0, y, 0, run->steps->width);
  if (run->caller->hook != NULL) run->caller->hook(run->caller->hook_user, run->steps->op_index);
}

/* Offsets are multiples of four. The C libraries of microcontrollers often move byte by byte. */
static void carry_out(const struct mcu_move* move, void* const* arenas) {
  const int8_t* from = (const int8_t*)arenas[move->from_region] + move->from;
  int8_t* to = (int8_t*)arenas[move->to_region] + move->to;
  const int32_t words = move->bytes / 4, rest = move->bytes % 4;
  if (to < from) {
    for (int32_t i = 0; i < words; ++i) memcpy(to + 4 * i, from + 4 * i, 4);
    for (int32_t i = 4 * words; i < move->bytes; ++i) to[i] = from[i];
  } else {
    for (int32_t i = move->bytes - 1; i >= move->bytes - rest; --i) to[i] = from[i];
    for (int32_t i = words - 1; i >= 0; --i) memcpy(to + 4 * i, from + 4 * i, 4);
  }
}

int mcu_run(const struct mcu_program* program, const struct mcu_caller* caller) {
  const struct mcu_move* move = program->moves;
  for (int32_t g = 0; g < program->group_count; ++g) {
    const struct mcu_group* group = &program->groups[g];
    const struct mcu_step* steps = program->steps + group->first;
    const struct run run = {steps,
                            program->placements,
                            program->operands,
                            program->accesses,
                            caller->arenas,
                            caller->progress,
                            group,
                            caller,
                            group->last - group->first - 1};
    for (int32_t m = 0; m < group->moves; ++m) carry_out(move++, caller->arenas);
    if (run.last == 0 && group->strips * group->bands == 1 && steps->limit >= steps->width) {
      run_rows(&run);
      continue;
    }
    const int failed = run_tiles(&run);
    if (failed != 0) return failed;
  }
  return 0;
}
