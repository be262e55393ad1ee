#include "firmware/harness/result.h"

#include <stddef.h>

#include "firmware/harness/cache.h"
#include "firmware/harness/checksum.h"
#include "firmware/harness/clock.h"
#include "firmware/harness/core_registers.h"
#include "firmware/harness/network_binding.h"

volatile struct mcu_result_block mcu_result __attribute__((section(".mcu_result"), aligned(32)));

static uint32_t block_checksum(void) {
  const uint32_t magic = MCU_RESULT_MAGIC;
  const uint8_t* block = (const uint8_t*)&mcu_result;
  const uint32_t crc = mcu_crc32(0, &magic, sizeof magic);
  return mcu_crc32(crc, block + sizeof magic,
                   (uint32_t)(offsetof(struct mcu_result_block, crc32) - sizeof magic));
}

_Noreturn void mcu_finish(uint32_t status) {
  mcu_clock_stop();
  mcu_result.version = MCU_RESULT_VERSION;
  mcu_result.nonce = mcu_job_nonce;
  for (int i = 0; i < 4; ++i) mcu_result.network_hash[i] = mcu_network.hash[i];
  mcu_result.status = status;
  mcu_barrier();
  mcu_result.crc32 = block_checksum();
  mcu_cache_clean(&mcu_result, sizeof mcu_result);
  mcu_barrier();
  mcu_result.magic = MCU_RESULT_MAGIC;
  mcu_cache_clean(&mcu_result, sizeof mcu_result);
  mcu_barrier();
  for (;;) {
  }
}
