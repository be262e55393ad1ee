/* The one result block of the image and the only ways to hand it over. */
#ifndef MCUNAS_FIRMWARE_RESULT_H
#define MCUNAS_FIRMWARE_RESULT_H

#include "firmware/harness/result_block.h"

extern volatile struct mcu_result_block mcu_result;

/* Completes the block with status and checksum, makes it visible to a debug probe, sets the magic
 * last and stays in a busy loop: debug probes lose cores that sleep. */
_Noreturn void mcu_finish(uint32_t status);

#endif
