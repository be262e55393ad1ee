/* What the harness knows about the network it measures. One instance, mcu_network, is written per
 * image beside the generated code (engine/toolchain/firmware_image.cc). */
#ifndef MCUNAS_FIRMWARE_NETWORK_BINDING_H
#define MCUNAS_FIRMWARE_NETWORK_BINDING_H

#include <stdint.h>

/* Called right after a step (row, strip or whole tensor) of operator op_index has been computed:
 * the time since the call before, or since the start of the inference, belongs to that operator. */
typedef void (*mcu_profile_hook)(void* user, int op_index);

/* An SRAM region [begin, end) beside the first one, in which a further arena lies. */
struct mcu_memory {
  uint32_t begin, end;
};

struct mcu_network {
  uint8_t* arena;
  uint32_t arena_bytes;
  const struct mcu_memory* more_memory;
  uint32_t more_memory_count;
  int8_t* output;
  const int8_t* golden; /* output_bytes bytes that the reference interpreter computed */
  uint32_t output_bytes;
  uint32_t operator_count; /* at most MCU_MAX_OPERATORS */
  uint32_t hash[4];        /* high word first */
  uint32_t warmup;
  uint32_t repetitions; /* 1 to MCU_MAX_REPETITIONS */
  /* One inference of the test input; 0 on success. */
  int (*run)(void);
  int (*run_profiled)(mcu_profile_hook hook, void* user);
};

extern const struct mcu_network mcu_network;

/* Found by symbol in the ELF: which image is this? Never read by the firmware itself. */
struct mcu_image_info {
  uint32_t version; /* MCU_RESULT_VERSION */
  uint32_t network_hash[4];
  uint32_t repetitions;
  char board[32]; /* zero terminated profile name */
};

/* Section .mcu_job, outside the checksum of the image. The agent patches the nonce into its private
 * copy of the ELF; the build patches the checksum of [__image_start, __image_end), 0 = not checked.
 */
extern const volatile uint32_t mcu_job_nonce;
extern const volatile uint32_t mcu_image_crc32;

#endif
