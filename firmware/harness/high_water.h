/* High-water marks of stack and arena by painting. */
#ifndef MCUNAS_FIRMWARE_HIGH_WATER_H
#define MCUNAS_FIRMWARE_HIGH_WATER_H

#include <stdint.h>

/* Paints the unused part of the stack, from its limit up to just below the caller's frame. */
void mcu_paint_stack(void);
/* Bytes between the top of the stack and the deepest word written since. */
uint32_t mcu_stack_peak(void);

void mcu_paint(uint8_t* memory, uint32_t size, uint8_t paint);
/* Offset behind the last byte that differs from the paint. A byte written with the very value of
 * the paint is not seen: two runs with two paints and the larger answer see every byte. */
uint32_t mcu_highest_touched(const uint8_t* memory, uint32_t size, uint8_t paint);

#endif
