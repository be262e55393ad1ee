/* MPU fence: SRAM ends exactly where the board's SRAM ends, and the stack cannot grow out of its
 * place. */
#ifndef MCUNAS_FIRMWARE_MEMORY_FENCE_H
#define MCUNAS_FIRMWARE_MEMORY_FENCE_H

#include <stdint.h>

#include "firmware/harness/network_binding.h"

/* Bytes at the bottom of SRAM that nobody may touch (the smallest MPU region). */
#define MCU_STACK_GUARD_BYTES 32u

/* Everything in the SRAM address range (0x20000000..0x3FFFFFFF) outside [begin, end) and the
 * regions in `more` faults, and so do the 64 KiB below `begin` (unless a region in `more` lies
 * there) and the guard at `begin`. The limits must be multiples of 32 that five aligned
 * power-of-two blocks can tile together; the build checks that. On Armv8-M everything outside code
 * and the opened SRAM faults: call it when the peripherals are set up. */
void mcu_fence_sram(uint32_t begin, uint32_t end, const struct mcu_memory* more, uint32_t count);

#endif
