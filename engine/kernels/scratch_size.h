/* Scratch bytes that a kernel needs beside its input and output rows. The planner and the kernels share
 * these formulas: there is no second place where they are written. C11 and C++. */
#ifndef MCUNAS_ENGINE_KERNELS_SCRATCH_SIZE_H
#define MCUNAS_ENGINE_KERNELS_SCRATCH_SIZE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum mcu_op_kind {
  MCU_OP_CONV,
  MCU_OP_POINTWISE,
  MCU_OP_DEPTHWISE,
  MCU_OP_ADD,
  MCU_OP_AVERAGE_POOL,
  MCU_OP_GLOBAL_AVERAGE_POOL,
  MCU_OP_FULLY_CONNECTED
};

/* Bytes, a multiple of 4. kernel: window size; in_channels, out_channels, out_width of the operator. */
static inline int32_t mcu_scratch_bytes(enum mcu_op_kind kind, int32_t kernel, int32_t in_channels,
                                        int32_t out_channels, int32_t out_width) {
  (void)kernel;
  (void)out_width;
  (void)in_channels;
  switch (kind) {
    case MCU_OP_GLOBAL_AVERAGE_POOL:
      return 4 * out_channels; /* one int32 sum per channel */
    default:
      return 0;
  }
}

#ifdef __cplusplus
}
#endif
#endif
