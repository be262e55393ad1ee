/* What operators on two maps share: each computes one byte from two. */
#ifndef MCUNAS_ENGINE_KERNELS_MCU_PAIRWISE_H
#define MCUNAS_ENGINE_KERNELS_MCU_PAIRWISE_H

#include "mcu_kernels.h"

/* `count` bytes of both operands. out may be one of them. */
typedef void mcu_pair_kernel(const void* op, const int8_t* first, const int8_t* second,
                             int32_t count, int8_t* out);

/* Calls the kernel for the pixels of the segment, as many at a time as lie together in both maps. A
 * map of one pixel meets every pixel of the other one, one of one byte every byte. */
void mcu_for_each_pair(mcu_pair_kernel* kernel, const void* op, int32_t channels,
                       const struct mcu_map* inputs, const struct mcu_segment* segment,
                       int8_t* out);

#endif
