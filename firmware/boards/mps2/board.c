/* QEMU's MPS2 boards (mps2-an386, mps2-an500), standing in for an STM32 with the same core.
 *
 * With "-icount shift=0" one instruction takes 1 ns of the emulated time and SysTick runs at 25
 * MHz, so one tick is 40 instructions. There is no clock worth reporting: instructions are not
 * cycles. */
#include "firmware/harness/board_support.h"
#include "firmware/harness/result_block.h"

struct mcu_board mcu_board_init(void) {
  const struct mcu_board board = {
      .clock_hz = 0, .systick_scale = 40, .systick_kind = MCU_CLOCK_INSTRUCTIONS};
  return board;
}
