/* STM32F74x/F75x at 216 MHz: PLL from the internal 16 MHz oscillator, over-drive, 7 wait states,
 * ART accelerator and prefetch on. Reference manual RM0385: RCC, PWR and FLASH chapters, set
 * down from memory, not checked against them and not yet run on hardware. When a step does not come
 * true in time, the board stays on HSI and says so in clock_hz. */
#include "firmware/harness/board_support.h"
#include "firmware/harness/core_registers.h"
#include "firmware/harness/result_block.h"

#define RCC_CR MCU_REGISTER(0x40023800u)
#define RCC_PLLCFGR MCU_REGISTER(0x40023804u)
#define RCC_CFGR MCU_REGISTER(0x40023808u)
#define RCC_APB1ENR MCU_REGISTER(0x40023840u)
#define PWR_CR1 MCU_REGISTER(0x40007000u)
#define PWR_CSR1 MCU_REGISTER(0x40007004u)
#define FLASH_ACR MCU_REGISTER(0x40023C00u)

#define HSI_HZ 16000000u
#define FULL_HZ 216000000u
#define POLL_LIMIT 1000000u
#define WAIT_STATES 7u

#define PLL_ON (1u << 24)
#define PLL_READY (1u << 25)
#define POWER_CLOCK (1u << 28)
#define VOLTAGE_SCALE_1 (3u << 14)
#define OVER_DRIVE (1u << 16)
#define OVER_DRIVE_SWITCH (1u << 17)
#define ART_AND_PREFETCH (3u << 8)
#define BUS_DIVIDERS ((5u << 10) | (4u << 13)) /* APB1 54 MHz, APB2 108 MHz */

static int wait_for(volatile const uint32_t* reg, uint32_t mask, uint32_t value) {
  for (uint32_t i = 0; i < POLL_LIMIT; ++i) {
    if ((*reg & mask) == value) return 1;
  }
  return 0;
}

static int start_pll(void) {
  RCC_APB1ENR |= POWER_CLOCK;
  (void)RCC_APB1ENR;
  PWR_CR1 |= VOLTAGE_SCALE_1;
  /* HSI / 8 * 216 / 2; source HSI (bit 22 clear), Q = 9 unused. */
  RCC_PLLCFGR = 8u | (216u << 6) | (9u << 24);
  RCC_CR |= PLL_ON;
  if (!wait_for(&RCC_CR, PLL_READY, PLL_READY)) return 0;
  PWR_CR1 |= OVER_DRIVE;
  if (!wait_for(&PWR_CSR1, OVER_DRIVE, OVER_DRIVE)) return 0;
  PWR_CR1 |= OVER_DRIVE_SWITCH;
  if (!wait_for(&PWR_CSR1, OVER_DRIVE_SWITCH, OVER_DRIVE_SWITCH)) return 0;
  FLASH_ACR = ART_AND_PREFETCH | WAIT_STATES;
  if (!wait_for(&FLASH_ACR, 0xFu, WAIT_STATES)) return 0;
  RCC_CFGR = (RCC_CFGR & ~0xFCF3u) | BUS_DIVIDERS;
  RCC_CFGR |= 2u;
  return wait_for(&RCC_CFGR, 0xCu, 0x8u);
}

struct mcu_board mcu_board_init(void) {
  struct mcu_board board = {
      .clock_hz = HSI_HZ, .systick_scale = 1, .systick_kind = MCU_CLOCK_DWT_CYCLES};
  if (MCU_CLOCK_HZ == FULL_HZ && start_pll()) board.clock_hz = FULL_HZ;
  return board;
}
