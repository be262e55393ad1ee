/* What a folder of firmware/boards/ gives to the harness. Everything else is the same on every
 * board, emulated or not. */
#ifndef MCUNAS_FIRMWARE_BOARD_SUPPORT_H
#define MCUNAS_FIRMWARE_BOARD_SUPPORT_H

#include <stdint.h>

struct mcu_board {
  uint32_t clock_hz; /* core clock that was really reached; 0 where it means nothing */
  /* SysTick stands in where the core has no cycle counter: what one tick is worth, and of which
   * kind. */
  uint32_t systick_scale;
  uint32_t systick_kind; /* MCU_CLOCK_... of result_block.h */
};

/* Sets up clocks and flash wait states. Called once, before caches are on; .data and .bss are
 * ready. */
struct mcu_board mcu_board_init(void);

#endif
