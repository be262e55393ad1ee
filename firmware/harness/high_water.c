#include "firmware/harness/high_water.h"

#include <string.h>

#define STACK_PAINT 0xC5C5C5C5u
#define FRAME_MARGIN_BYTES 64u

extern uint32_t __stack_limit[];
extern uint32_t __stack_top[];

__attribute__((noinline)) void mcu_paint_stack(void) {
  uint32_t here;
  __asm volatile("mov %0, sp" : "=r"(here));
  volatile uint32_t* end = (volatile uint32_t*)((here - FRAME_MARGIN_BYTES) & ~3u);
  for (volatile uint32_t* word = __stack_limit; word < end; ++word) *word = STACK_PAINT;
}

uint32_t mcu_stack_peak(void) {
  const volatile uint32_t* word = __stack_limit;
  while (word < __stack_top && *word == STACK_PAINT) ++word;
  return (uint32_t)__stack_top - (uint32_t)word;
}

void mcu_paint(uint8_t* memory, uint32_t size, uint8_t paint) { memset(memory, paint, size); }

uint32_t mcu_highest_touched(const uint8_t* memory, uint32_t size, uint8_t paint) {
  while (size > 0 && memory[size - 1] == paint) --size;
  return size;
}
