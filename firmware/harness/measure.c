#include "firmware/harness/measure.h"

#include <string.h>

#include "firmware/harness/checksum.h"
#include "firmware/harness/clock.h"
#include "firmware/harness/high_water.h"
#include "firmware/harness/network_binding.h"
#include "firmware/harness/result.h"

#define PAINTED_RUNS 2u

extern const uint8_t __image_start[], __image_end[];

/* Debug probes have been seen to report success over a half-programmed flash. */
static void check_image(void) {
  const uint32_t expected = mcu_image_crc32;
  if (expected == 0) return;
  const uint32_t size = (uint32_t)(__image_end - __image_start);
  if (mcu_crc32(0, __image_start, size) != expected) mcu_finish(MCU_STATUS_BAD_IMAGE);
}

static void run_once(void) {
  if (mcu_network.run() != 0) mcu_finish(MCU_STATUS_RUN_FAILED);
}

static void check_output(void) {
  mcu_result.output_crc32 = mcu_crc32(0, mcu_network.output, mcu_network.output_bytes);
  if (memcmp(mcu_network.output, mcu_network.golden, mcu_network.output_bytes) != 0) {
    mcu_finish(MCU_STATUS_WRONG_OUTPUT);
  }
}

/* Two runs with complementary paints: no byte that is written can look like paint in both. */
static void measure_memory(void) {
  static const uint8_t paints[PAINTED_RUNS] = {0xA5, 0x5A};
  for (uint32_t i = 0; i < PAINTED_RUNS; ++i) {
    mcu_paint(mcu_network.arena, mcu_network.arena_bytes, paints[i]);
    memset(mcu_network.output, (uint8_t)~mcu_network.golden[0], mcu_network.output_bytes);
    mcu_paint_stack();
    run_once();
    const uint32_t stack = mcu_stack_peak();
    const uint32_t arena =
        mcu_highest_touched(mcu_network.arena, mcu_network.arena_bytes, paints[i]);
    if (stack > mcu_result.stack_peak_bytes) mcu_result.stack_peak_bytes = stack;
    if (arena > mcu_result.arena_peak_bytes) mcu_result.arena_peak_bytes = arena;
    check_output();
  }
}

static void time_repetitions(void) {
  for (uint32_t i = 0; i < mcu_result.repetitions; ++i) {
    const uint64_t begin = mcu_clock_now();
    const int failed = mcu_network.run();
    const uint64_t end = mcu_clock_now();
    if (failed) mcu_finish(MCU_STATUS_RUN_FAILED);
    mcu_result.ticks[i] = mcu_clock_elapsed(begin, end);
  }
  check_output();
}

static void note_operator(void* user, int op_index) {
  uint64_t* last = user;
  const uint64_t now = mcu_clock_now();
  if (op_index >= 0 && op_index < MCU_MAX_OPERATORS) {
    mcu_result.operator_ticks[op_index] += (uint32_t)(now - *last);
  }
  *last = now;
}

static void profile_operators(void) {
  const uint64_t begin = mcu_clock_now();
  uint64_t last = begin;
  const int failed = mcu_network.run_profiled(note_operator, &last);
  const uint64_t end = mcu_clock_now();
  if (failed) mcu_finish(MCU_STATUS_RUN_FAILED);
  mcu_result.profiled_ticks = mcu_clock_elapsed(begin, end);
  check_output();
}

static uint32_t at_most(uint32_t value, uint32_t limit) { return value < limit ? value : limit; }

_Noreturn void mcu_measure(const struct mcu_board* board) {
  check_image();
  mcu_result.clock_hz = board->clock_hz;
  mcu_result.operator_count = at_most(mcu_network.operator_count, MCU_MAX_OPERATORS);
  mcu_result.repetitions = at_most(mcu_network.repetitions, MCU_MAX_REPETITIONS);
  /* Before the clock runs: its overflow interrupt would stack a frame of its own. */
  measure_memory();
  mcu_result.warmup = mcu_network.warmup > PAINTED_RUNS ? mcu_network.warmup : PAINTED_RUNS;
  for (uint32_t i = PAINTED_RUNS; i < mcu_result.warmup; ++i) run_once();
  mcu_result.clock_kind = mcu_clock_start(board);
  time_repetitions();
  profile_operators();
  mcu_finish(MCU_STATUS_OK);
}
