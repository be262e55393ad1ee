/* The result block: what a measuring firmware leaves in SRAM for whoever reads the board's memory.
 *
 * Read by symbol address (mcu_result). Little endian, 32-bit words only, so the layout is the same
 * for every compiler. `magic` is written last, after a data barrier: a block without it is not a
 * result. Shared by firmware (C11) and board_agent (C++). */
#ifndef MCUNAS_FIRMWARE_RESULT_BLOCK_H
#define MCUNAS_FIRMWARE_RESULT_BLOCK_H

#include <stdint.h>

#define MCU_RESULT_MAGIC 0x5541434Du /* "MCAU" */
#define MCU_RESULT_VERSION 1u
#define MCU_MAX_REPETITIONS 64
#define MCU_MAX_OPERATORS 256

/* Clock of the counts: what `ticks` are. */
#define MCU_CLOCK_DWT_CYCLES 1u   /* core clock cycles */
#define MCU_CLOCK_INSTRUCTIONS 2u /* executed instructions (emulator, deterministic) */

#define MCU_STATUS_OK 0u
#define MCU_STATUS_FAULT 1u          /* a fault vector was taken; see fault_* */
#define MCU_STATUS_RUN_FAILED 2u     /* net_run returned non-zero */
#define MCU_STATUS_STACK_OVERFLOW 3u /* the painted guard was touched */
#define MCU_STATUS_WRONG_OUTPUT 4u   /* output differs from the golden bytes */
#define MCU_STATUS_BAD_IMAGE 5u      /* flash does not hold the image that was built */

struct mcu_result_block {
  uint32_t magic;
  uint32_t version;
  uint32_t nonce;           /* copied from mcu_job_nonce, which the agent patches into the image */
  uint32_t network_hash[4]; /* high word first */
  uint32_t status;
  uint32_t clock_kind;
  uint32_t clock_hz; /* measured or declared core clock; 0 where it means nothing */
  uint32_t warmup;
  uint32_t repetitions;
  uint32_t ticks[MCU_MAX_REPETITIONS]; /* one whole inference each, profile off */
  uint32_t profiled_ticks;             /* one whole inference with profile on */
  uint32_t operator_count;
  uint32_t operator_ticks[MCU_MAX_OPERATORS];
  uint32_t stack_peak_bytes;
  uint32_t arena_peak_bytes; /* highest touched byte of the painted arena */
  uint32_t output_crc32;     /* IEEE 802.3, of the output bytes */
  uint32_t fault_ipsr, fault_pc, fault_lr, fault_cfsr, fault_hfsr, fault_mmfar, fault_bfar;
  uint32_t crc32; /* of all words before this one, with magic as if already set */
};

#endif
