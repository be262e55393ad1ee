/* A board that this project has no clock set-up for: it runs at its reset clock, whose rate is
 * unknown. Cycle counts are right, milliseconds cannot be derived from them. */
#include "firmware/harness/board_support.h"
#include "firmware/harness/result_block.h"

struct mcu_board mcu_board_init(void) {
  const struct mcu_board board = {
      .clock_hz = 0, .systick_scale = 1, .systick_kind = MCU_CLOCK_DWT_CYCLES};
  return board;
}
