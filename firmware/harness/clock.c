#include "firmware/harness/clock.h"

#include "firmware/harness/core_registers.h"
#include "firmware/harness/result_block.h"

#define TRACE_ENABLE (1u << 24)
#define DWT_UNLOCK_KEY 0xC5ACCE55u
#define DWT_NO_CYCLE_COUNTER (1u << 25)
#define SYSTICK_PERIOD 0x1000000u
#define SYSTICK_ENABLE 1u
#define SYSTICK_INTERRUPT 2u
#define SYSTICK_CORE_CLOCK 4u

static struct {
  uint32_t kind;
  uint32_t scale;
  int counts_cycles;
  uint32_t last_cycles;
  uint64_t cycles;
  volatile uint32_t overflows;
} clock;

void mcu_systick_handler(void) { clock.overflows++; }

/* Emulators and small cores read zero here, or have a counter that never moves. */
static int start_cycle_counter(void) {
  MCU_DEMCR |= TRACE_ENABLE;
  MCU_DWT_LAR = DWT_UNLOCK_KEY;
  if (MCU_DWT_CTRL & DWT_NO_CYCLE_COUNTER) return 0;
  MCU_DWT_CYCCNT = 0;
  MCU_DWT_CTRL |= 1u;
  mcu_barrier();
  for (int i = 0; i < 32; ++i) __asm volatile("nop");
  return MCU_DWT_CYCCNT != 0;
}

uint32_t mcu_clock_start(const struct mcu_board* board) {
  clock.cycles = 0;
  clock.last_cycles = 0;
  clock.overflows = 0;
  clock.counts_cycles = start_cycle_counter();
  if (clock.counts_cycles) {
    __asm volatile("cpsid i" ::: "memory");
    clock.scale = 1;
    clock.kind = MCU_CLOCK_DWT_CYCLES;
    clock.last_cycles = MCU_DWT_CYCCNT;
    return clock.kind;
  }
  clock.scale = board->systick_scale;
  clock.kind = board->systick_kind;
  MCU_SYST_RVR = SYSTICK_PERIOD - 1u;
  MCU_SYST_CVR = 0;
  MCU_SYST_CSR = SYSTICK_ENABLE | SYSTICK_INTERRUPT | SYSTICK_CORE_CLOCK;
  return clock.kind;
}

void mcu_clock_stop(void) { MCU_SYST_CSR = 0; }

static uint64_t cycles_now(void) {
  const uint32_t now = MCU_DWT_CYCCNT;
  clock.cycles += now - clock.last_cycles;
  clock.last_cycles = now;
  return clock.cycles;
}

uint64_t mcu_clock_now(void) {
  if (clock.counts_cycles) return cycles_now();
  uint32_t overflows;
  uint32_t ticks;
  /* The interrupt comes when the counter reaches 0, so 0 already belongs to the next period. */
  do {
    overflows = clock.overflows;
    ticks = (0u - MCU_SYST_CVR) & (SYSTICK_PERIOD - 1u);
  } while (overflows != clock.overflows);
  return ((uint64_t)overflows * SYSTICK_PERIOD + ticks) * clock.scale;
}

uint32_t mcu_clock_elapsed(uint64_t begin, uint64_t end) {
  const uint64_t elapsed = end - begin;
  return elapsed > UINT32_MAX ? UINT32_MAX : (uint32_t)elapsed;
}
