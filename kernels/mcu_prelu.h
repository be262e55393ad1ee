/* TFLite PRELU. */
#ifndef MCUNAS_ENGINE_KERNELS_MCU_PRELU_H
#define MCUNAS_ENGINE_KERNELS_MCU_PRELU_H

#include "mcu_kernels.h"

/* x - input_zero_point times `positive` or, where it is below 0, times alpha - alpha_zero_point and
 * `negative`. The second operand holds the alphas, as one pixel. */
struct mcu_rectifier {
  int32_t channels;
  int16_t input_zero_point, alpha_zero_point, zero_point;
  struct mcu_factor positive, negative;
};

/* struct mcu_rectifier. May write exactly over its first input. */
#ifdef __cplusplus
extern "C"
#endif
    mcu_kernel mcu_prelu;

#endif
