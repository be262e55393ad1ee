/* MPU fence: SRAM ends exactly where the board's SRAM ends, and the stack cannot grow out of its
 * place. */
#ifndef MCUNAS_FIRMWARE_MEMORY_FENCE_H
#define MCUNAS_FIRMWARE_MEMORY_FENCE_H

#include <stdint.h>

/* Bytes at the bottom of SRAM that nobody may touch (the smallest MPU region). */
#define MCU_STACK_GUARD_BYTES 32u

/* Everything in the SRAM address range (0x20000000..0x3FFFFFFF) outside [begin, end) faults, and so
 * do the 64 KiB below `begin` and the guard at `begin`. The limits must be multiples of 32 that
 * five aligned power-of-two blocks can tile; the build checks that. */
void mcu_fence_sram(uint32_t begin, uint32_t end);

#endif
