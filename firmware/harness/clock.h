/* The clock of all counts: the core's cycle counter where there is one, else SysTick. */
#ifndef MCUNAS_FIRMWARE_CLOCK_H
#define MCUNAS_FIRMWARE_CLOCK_H

#include <stdint.h>

#include "firmware/harness/board_support.h"

/* Starts the clock and returns its kind (MCU_CLOCK_...). */
uint32_t mcu_clock_start(const struct mcu_board* board);
/* Interrupts are masked while cycles are counted; SysTick needs its own one for overflows. */
void mcu_clock_stop(void);
/* Counts since the start. One interval may last at most 2^32 cycles with the cycle counter (8.9 s
 * at 480 MHz); SysTick has no such limit. */
uint64_t mcu_clock_now(void);
/* end - begin as a word of the result block: saturates instead of wrapping. */
uint32_t mcu_clock_elapsed(uint64_t begin, uint64_t end);

#endif
