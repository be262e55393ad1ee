/* What operators on two maps share: each computes one byte from two. */
#ifndef MCUNAS_ENGINE_KERNELS_MCU_PAIRWISE_H
#define MCUNAS_ENGINE_KERNELS_MCU_PAIRWISE_H

#include "mcu_kernels.h"

/* The larger and the smaller byte of each pair, in all four places. */
#if MCU_HAS_DSP
static inline int32_t mcu_larger_bytes(int32_t a, int32_t b) {
  int32_t result;
  __asm__("ssub8 %0, %1, %2\n\tsel %0, %1, %2" : "=&r"(result) : "r"(a), "r"(b) : "cc");
  return result;
}

static inline int32_t mcu_smaller_bytes(int32_t a, int32_t b) {
  int32_t result;
  __asm__("ssub8 %0, %1, %2\n\tsel %0, %2, %1" : "=&r"(result) : "r"(a), "r"(b) : "cc");
  return result;
}
#endif

/* `count` bytes of both operands. out may be one of them. */
typedef void mcu_pair_kernel(const void* op, const int8_t* first, const int8_t* second,
                             int32_t count, int8_t* out);

/* Calls the kernel for the pixels of the segment, as many at a time as lie together in both maps. A
 * map of one pixel meets every pixel of the other one, one of one byte every byte. */
void mcu_for_each_pair(mcu_pair_kernel* kernel, const void* op, int32_t channels,
                       const struct mcu_map* inputs, const struct mcu_segment* segment,
                       int8_t* out);

/* In place. */
void mcu_clamp_bytes(int8_t* bytes, int32_t count, int32_t low, int32_t high);

#endif
