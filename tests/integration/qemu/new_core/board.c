/* QEMU's mps2-an505. With "-icount shift=0" one instruction takes 1 ns of the emulated time and
 * SysTick runs at 20 MHz, so one tick is 50 instructions. */
#include "firmware/harness/board_support.h"
#include "firmware/harness/result_block.h"

struct mcu_board mcu_board_init(void) {
  const struct mcu_board board = {
      .clock_hz = 0, .systick_scale = 50, .systick_kind = MCU_CLOCK_INSTRUCTIONS};
  return board;
}
