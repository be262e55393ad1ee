/* STM32H743/H753 at 400 MHz: PLL1 from the internal 64 MHz oscillator, voltage scale 1, AXI at 200
 * MHz, 2 wait states. 480 MHz needs silicon revision V and scale 0, so it is not attempted:
 * clock_hz tells the truth either way. Reference manual RM0433: RCC, PWR and FLASH chapters, set
 * down from memory, not checked against them and not yet run on hardware. When a step does not come
 * true in time, the board stays on HSI and says so in clock_hz. */
#include "firmware/harness/board_support.h"
#include "firmware/harness/core_registers.h"
#include "firmware/harness/result_block.h"

#define RCC_CR MCU_REGISTER(0x58024400u)
#define RCC_CFGR MCU_REGISTER(0x58024410u)
#define RCC_D1CFGR MCU_REGISTER(0x58024418u)
#define RCC_D2CFGR MCU_REGISTER(0x5802441Cu)
#define RCC_D3CFGR MCU_REGISTER(0x58024420u)
#define RCC_AHB2ENR MCU_REGISTER(0x580244DCu)
#define RCC_PLLCKSELR MCU_REGISTER(0x58024428u)
#define RCC_PLLCFGR MCU_REGISTER(0x5802442Cu)
#define RCC_PLL1DIVR MCU_REGISTER(0x58024430u)
#define PWR_CR3 MCU_REGISTER(0x5802480Cu)
#define PWR_CSR1 MCU_REGISTER(0x58024804u)
#define PWR_D3CR MCU_REGISTER(0x58024818u)
#define FLASH_ACR MCU_REGISTER(0x52002000u)

#define HSI_HZ 64000000u
#define FULL_HZ 400000000u
#define POLL_LIMIT 1000000u

#define PLL1_ON (1u << 24)
#define PLL1_READY (1u << 25)
#define SUPPLY_BITS 7u
#define SUPPLY_LDO 2u
#define VOLTAGE_READY (1u << 13)
#define VOLTAGE_SCALE_1 (3u << 14)
#define D2_SRAM_CLOCKS (7u << 29) /* SRAM1, 2 and 3: off after reset */
#define WAIT_STATES 0x22u         /* LATENCY 2, WRHIGHFREQ 2 */

static int wait_for(volatile const uint32_t* reg, uint32_t mask, uint32_t value) {
  for (uint32_t i = 0; i < POLL_LIMIT; ++i) {
    if ((*reg & mask) == value) return 1;
  }
  return 0;
}

static int raise_voltage(void) {
  /* The supply may be written once after power-on; writing the LDO set-up again does no harm. */
  PWR_CR3 = (PWR_CR3 & ~SUPPLY_BITS) | SUPPLY_LDO;
  if (!wait_for(&PWR_CSR1, VOLTAGE_READY, VOLTAGE_READY)) return 0;
  PWR_D3CR |= VOLTAGE_SCALE_1;
  return wait_for(&PWR_D3CR, VOLTAGE_READY, VOLTAGE_READY);
}

static int start_pll(void) {
  if (!raise_voltage()) return 0;
  RCC_PLLCKSELR = 4u << 4; /* source HSI, DIVM1 = 4: 16 MHz in */
  /* PLL1 input range 8..16 MHz, wide VCO, only output P on. */
  RCC_PLLCFGR = (3u << 2) | (1u << 16);
  RCC_PLL1DIVR = 49u | (1u << 9) | (1u << 16) | (1u << 24); /* * 50, P Q R / 2 */
  RCC_CR |= PLL1_ON;
  if (!wait_for(&RCC_CR, PLL1_READY, PLL1_READY)) return 0;
  FLASH_ACR = WAIT_STATES;
  if (!wait_for(&FLASH_ACR, 0x3Fu, WAIT_STATES)) return 0;
  RCC_D1CFGR = 8u | (4u << 4); /* core / 1, AXI / 2, APB3 / 2 */
  RCC_D2CFGR = (4u << 4) | (4u << 8);
  RCC_D3CFGR = 4u << 4;
  RCC_CFGR = (RCC_CFGR & ~7u) | 3u;
  return wait_for(&RCC_CFGR, 0x38u, 0x18u);
}

struct mcu_board mcu_board_init(void) {
  struct mcu_board board = {
      .clock_hz = HSI_HZ, .systick_scale = 1, .systick_kind = MCU_CLOCK_DWT_CYCLES};
  RCC_AHB2ENR |= D2_SRAM_CLOCKS;
  (void)RCC_AHB2ENR; /* the clock runs once the write has been read back */
  if (MCU_CLOCK_HZ >= FULL_HZ && start_pll()) board.clock_hz = FULL_HZ;
  return board;
}
