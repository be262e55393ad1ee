/* Vector table and the way from reset to the measurement. */
#include <string.h>

#include "firmware/harness/board_support.h"
#include "firmware/harness/cache.h"
#include "firmware/harness/core_registers.h"
#include "firmware/harness/measure.h"
#include "firmware/harness/memory_fence.h"
#include "firmware/harness/network_binding.h"

extern uint32_t __stack_top[], __sram_start[], __sram_end[];
extern uint8_t __data_load[], __data_start[], __data_end[], __bss_start[], __bss_end[];

void mcu_reset_handler(void);
void mcu_fault_handler(void);
void mcu_systick_handler(void);

typedef void (*vector)(void);

/* Interrupts of peripherals are never enabled, so the sixteen system vectors are all there is. */
__attribute__((section(".vectors"), used)) const vector mcu_vectors[16] = {
    (vector)__stack_top, mcu_reset_handler, mcu_fault_handler, mcu_fault_handler,
    mcu_fault_handler,   mcu_fault_handler, mcu_fault_handler, mcu_fault_handler,
    mcu_fault_handler,   mcu_fault_handler, mcu_fault_handler, mcu_fault_handler,
    mcu_fault_handler,   mcu_fault_handler, mcu_fault_handler, mcu_systick_handler};

#define FPU_FULL_ACCESS (0xFu << 20)
#define BUS_AND_USAGE_FAULTS (3u << 17)

static void enable_fpu(void) {
  MCU_SCB_CPACR |= FPU_FULL_ACCESS;
  mcu_barrier();
}

void mcu_reset_handler(void) {
  enable_fpu();
  MCU_SCB_VTOR = (uint32_t)mcu_vectors;
  MCU_SCB_SHCSR |= BUS_AND_USAGE_FAULTS;
  memcpy(__data_start, __data_load, (size_t)(__data_end - __data_start));
  memset(__bss_start, 0, (size_t)(__bss_end - __bss_start));
  const struct mcu_board board = mcu_board_init();
  mcu_fence_sram((uint32_t)__sram_start, (uint32_t)__sram_end, mcu_network.more_memory,
                 mcu_network.more_memory_count);
  mcu_cache_enable();
  mcu_measure(&board);
}
