/* STM32F4 (F412 at 100 MHz, F446 at 180 MHz): PLL from the internal 16 MHz oscillator, so that no
 * crystal or jumper matters. HSI is exact to about 1 %: cycles are right, milliseconds inherit that
 * error. Reference manuals RM0402 (F412) and RM0390 (F446): RCC, PWR and FLASH chapters, set
 * down from memory, not checked against them and not yet run on hardware. When a step does not come
 * true in time, the board stays on HSI and says so in clock_hz. */
#include "firmware/harness/board_support.h"
#include "firmware/harness/core_registers.h"
#include "firmware/harness/result_block.h"

#define RCC_CR MCU_REGISTER(0x40023800u)
#define RCC_PLLCFGR MCU_REGISTER(0x40023804u)
#define RCC_CFGR MCU_REGISTER(0x40023808u)
#define RCC_APB1ENR MCU_REGISTER(0x40023840u)
#define PWR_CR MCU_REGISTER(0x40007000u)
#define PWR_CSR MCU_REGISTER(0x40007004u)
#define FLASH_ACR MCU_REGISTER(0x40023C00u)

#define HSI_HZ 16000000u
#define POLL_LIMIT 1000000u

#define PLL_ON (1u << 24)
#define PLL_READY (1u << 25)
#define POWER_CLOCK (1u << 28)
#define VOLTAGE_SCALE_1 (3u << 14)
#define OVER_DRIVE (1u << 16)
#define OVER_DRIVE_SWITCH (1u << 17)
#define FLASH_CACHES_AND_PREFETCH (7u << 8)

struct clock_plan {
  uint32_t hz;
  uint32_t pll_n; /* HSI / 8 * N / 2 */
  uint32_t wait_states;
  uint32_t bus_dividers; /* PPRE1, PPRE2 */
  int over_drive;
};

static int wait_for(volatile const uint32_t* reg, uint32_t mask, uint32_t value) {
  for (uint32_t i = 0; i < POLL_LIMIT; ++i) {
    if ((*reg & mask) == value) return 1;
  }
  return 0;
}

static int enable_over_drive(void) {
  PWR_CR |= OVER_DRIVE;
  if (!wait_for(&PWR_CSR, OVER_DRIVE, OVER_DRIVE)) return 0;
  PWR_CR |= OVER_DRIVE_SWITCH;
  return wait_for(&PWR_CSR, OVER_DRIVE_SWITCH, OVER_DRIVE_SWITCH);
}

static int start_pll(const struct clock_plan* plan) {
  RCC_APB1ENR |= POWER_CLOCK;
  (void)RCC_APB1ENR;
  PWR_CR |= VOLTAGE_SCALE_1;
  /* M = 8, P = 2 (field 0), source HSI (bit 22 clear), Q = 8 and R = 2 unused. */
  RCC_PLLCFGR = 8u | (plan->pll_n << 6) | (8u << 24) | (2u << 28);
  RCC_CR |= PLL_ON;
  if (!wait_for(&RCC_CR, PLL_READY, PLL_READY)) return 0;
  if (plan->over_drive && !enable_over_drive()) return 0;
  FLASH_ACR = FLASH_CACHES_AND_PREFETCH | plan->wait_states;
  if (!wait_for(&FLASH_ACR, 0xFu, plan->wait_states)) return 0;
  RCC_CFGR = (RCC_CFGR & ~0xFCF3u) | plan->bus_dividers;
  RCC_CFGR |= 2u;
  return wait_for(&RCC_CFGR, 0xCu, 0x8u);
}

struct mcu_board mcu_board_init(void) {
  /* APB1 may run at 50 (F412) or 45 MHz (F446): dividers 2/1 and 4/2. */
  static const struct clock_plan plans[] = {
      {100000000u, 100, 3, (4u << 10), 0},
      {180000000u, 180, 5, (5u << 10) | (4u << 13), 1},
  };
  struct mcu_board board = {
      .clock_hz = HSI_HZ, .systick_scale = 1, .systick_kind = MCU_CLOCK_DWT_CYCLES};
  FLASH_ACR |= FLASH_CACHES_AND_PREFETCH;
  for (uint32_t i = 0; i < sizeof plans / sizeof plans[0]; ++i) {
    if (plans[i].hz == MCU_CLOCK_HZ && start_pll(&plans[i])) board.clock_hz = plans[i].hz;
  }
  return board;
}
