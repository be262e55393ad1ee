/* What the agent and the build patch into a finished image. */
#include "firmware/harness/network_binding.h"

const volatile uint32_t mcu_job_nonce __attribute__((section(".mcu_job"), used)) = 0;
const volatile uint32_t mcu_image_crc32 __attribute__((section(".mcu_job"), used)) = 0;
