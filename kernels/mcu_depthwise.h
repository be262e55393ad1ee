/* Depthwise convolution in the fast form of mcu_depthwise_side(): the driver, and the sums that
 * the files of the window sizes contribute. */
#ifndef MCUNAS_ENGINE_KERNELS_MCU_DEPTHWISE_H
#define MCUNAS_ENGINE_KERNELS_MCU_DEPTHWISE_H

#include "mcu_kernels.h"

enum {
  MCU_PLANE_BYTES = 2 * MCU_PLANE_COLUMNS, /* one row of one channel */
  MCU_PLANE_ROW_BYTES = MCU_PLANE_CHANNELS * MCU_PLANE_BYTES,
  MCU_PLANE_OUTPUTS = 28 /* most outputs whose windows a plane holds */
};

/* What to do with the sums. */
enum mcu_plane_finish { MCU_PLANE_FULL, MCU_PLANE_RELU, MCU_PLANE_SUMS };

/* Up to MCU_PLANE_OUTPUTS outputs of one or more channels. */
struct mcu_plane_job {
  const int8_t* planes; /* of the first channel, row 0 */
  const int8_t* weights;
  const int32_t* bias;
  const int32_t* multiplier;
  const int8_t* right_shift;
  int32_t doubled_zero; /* 2 * zero point + 1 */
  void* out;            /* MCU_PLANE_SUMS: int32 sums of one channel, otherwise bytes */
  int32_t stride;       /* bytes from one output to the next */
  int32_t count;        /* outputs; for MCU_PLANE_SUMS rounded up to a multiple of four */
  int32_t channels;
  int32_t finish; /* enum mcu_plane_finish */
};

typedef void mcu_plane_sums(const struct mcu_plane_job* job);

void mcu_run_planes(const struct mcu_weighted* op, const struct mcu_map* in,
                    const struct mcu_segment* segment, int8_t* out, void* scratch, int32_t side,
                    mcu_plane_sums* sums);

#if !MCU_HAS_DSP
/* Any window, in C. */
void mcu_plane_sums_portable(const struct mcu_plane_job* job, int32_t side, int32_t stride);
#endif

#endif
