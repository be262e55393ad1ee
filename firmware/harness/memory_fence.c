#include "firmware/harness/memory_fence.h"

#include "firmware/harness/core_registers.h"

#define MEMORY_FAULT_ENABLE (1u << 16)

#if __ARM_ARCH >= 8

/* Regions of Armv8-M have any begin and end, may not overlap and cannot forbid reading, so the
 * default map stays off: what no region opens faults, peripherals included. */
#define CODE_SPACE_END 0x20000000u
#define MPU_ENABLE 1u
#define REGION_ENABLE 1u
#define EXECUTE_NEVER 1u
#define READ_WRITE (0u << 1)
#define READ_ONLY (2u << 1)
#define WRITE_BACK 0xFFu /* attribute 0: normal memory, write back, read and write allocate */

static void set_region(uint32_t region, uint32_t begin, uint32_t end, uint32_t access) {
  MCU_MPU_RNR = region;
  MCU_MPU_RBAR = begin | access;
  MCU_MPU_RLAR = ((end - 1u) & ~31u) | REGION_ENABLE;
}

void mcu_fence_sram(uint32_t begin, uint32_t end, const struct mcu_memory* more, uint32_t count) {
  if (((MCU_MPU_TYPE >> 8) & 0xFFu) < count + 2u) return;
  MCU_MPU_CTRL = 0;
  mcu_barrier();
  MCU_MPU_MAIR0 = WRITE_BACK;
  set_region(0, 0, CODE_SPACE_END, READ_ONLY);
  set_region(1, begin + MCU_STACK_GUARD_BYTES, end, READ_WRITE | EXECUTE_NEVER);
  for (uint32_t i = 0; i < count; ++i) {
    set_region(2u + i, more[i].begin, more[i].end, READ_WRITE | EXECUTE_NEVER);
  }
  MCU_SCB_SHCSR |= MEMORY_FAULT_ENABLE;
  MCU_MPU_CTRL = MPU_ENABLE;
  mcu_barrier();
}

#else

#define SRAM_SPACE 0x20000000u
#define SRAM_SPACE_LOG2 29u
#define BELOW_LOG2 16u
#define GUARD_LOG2 5u
#define GUARD_REGION 7u
#define MPU_ENABLE_WITH_DEFAULT_MAP \
  5u /* ENABLE | PRIVDEFENA: flash and peripherals stay as they are */
#define EXECUTE_NEVER (1u << 28)
#define READ_WRITE (3u << 24)
#define WRITE_BACK \
  ((1u << 19) | (3u << 16)) /* normal memory, write back, write and read allocate */

static void set_region(uint32_t region, uint32_t base, uint32_t size_log2, uint32_t attributes) {
  MCU_MPU_RNR = region;
  MCU_MPU_RBAR = base;
  MCU_MPU_RASR = attributes | ((size_log2 - 1u) << 1) | 1u;
}

/* The largest aligned power of two that starts at `base` and ends not after `end`. */
static uint32_t block_log2(uint32_t base, uint32_t end) {
  uint32_t log2 = (uint32_t)__builtin_ctz(base);
  while ((1u << log2) > end - base) --log2;
  return log2;
}

/* Opens [begin, end) from MPU region `region` on; the next free one. */
static uint32_t open_sram(uint32_t region, uint32_t begin, uint32_t end) {
  for (uint32_t base = begin; base < end && region < GUARD_REGION; ++region) {
    const uint32_t log2 = block_log2(base, end);
    set_region(region, base, log2, EXECUTE_NEVER | READ_WRITE | WRITE_BACK);
    base += 1u << log2;
  }
  return region;
}

void mcu_fence_sram(uint32_t begin, uint32_t end, const struct mcu_memory* more, uint32_t count) {
  if (((MCU_MPU_TYPE >> 8) & 0xFFu) <= GUARD_REGION) return;
  MCU_MPU_CTRL = 0;
  mcu_barrier();
  set_region(0, SRAM_SPACE, SRAM_SPACE_LOG2, EXECUTE_NEVER);
  set_region(1, begin - (1u << BELOW_LOG2), BELOW_LOG2, EXECUTE_NEVER);
  uint32_t region = open_sram(2, begin, end);
  for (uint32_t i = 0; i < count; ++i) region = open_sram(region, more[i].begin, more[i].end);
  /* A higher region number wins, so the guard cuts its hole into the block that covers it. */
  set_region(GUARD_REGION, begin, GUARD_LOG2, EXECUTE_NEVER);
  MCU_SCB_SHCSR |= MEMORY_FAULT_ENABLE;
  MCU_MPU_CTRL = MPU_ENABLE_WITH_DEFAULT_MAP;
  mcu_barrier();
}

#endif
