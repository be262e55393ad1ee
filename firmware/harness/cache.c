#include "firmware/harness/cache.h"

#include "firmware/harness/core_registers.h"

#define LINE_BYTES 32u
#define CLIDR_LEVEL1_INSTRUCTION 1u
#define CLIDR_LEVEL1_DATA 2u

static void invalidate_data_cache(void) {
  MCU_SCB_CSSELR = 0;
  mcu_barrier();
  const uint32_t geometry = MCU_SCB_CCSIDR;
  const uint32_t sets = (geometry >> 13) & 0x7FFFu;
  const uint32_t ways = (geometry >> 3) & 0x3FFu;
  const uint32_t way_shift = ways ? (uint32_t)__builtin_clz(ways) : 0u;
  for (uint32_t set = 0; set <= sets; ++set) {
    for (uint32_t way = 0; way <= ways; ++way) {
      MCU_SCB_DCISW = (way << way_shift) | (set << 5);
    }
  }
  mcu_barrier();
}

void mcu_cache_enable(void) {
  const uint32_t present = MCU_SCB_CLIDR & 7u;
  if (present & CLIDR_LEVEL1_INSTRUCTION) {
    mcu_barrier();
    MCU_SCB_ICIALLU = 0;
    mcu_barrier();
    MCU_SCB_CCR |= MCU_CCR_ICACHE;
  }
  if ((present & CLIDR_LEVEL1_DATA) && !(MCU_SCB_CCR & MCU_CCR_DCACHE)) {
    invalidate_data_cache();
    MCU_SCB_CCR |= MCU_CCR_DCACHE;
  }
  mcu_barrier();
}

void mcu_cache_clean(const volatile void* data, uint32_t size) {
  if (!(MCU_SCB_CCR & MCU_CCR_DCACHE)) return;
  mcu_barrier();
  const uint32_t begin = (uint32_t)data & ~(LINE_BYTES - 1u);
  for (uint32_t line = begin; line < (uint32_t)data + size; line += LINE_BYTES) {
    MCU_SCB_DCCMVAC = line;
  }
  mcu_barrier();
}
