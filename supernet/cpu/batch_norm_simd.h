// Batch norm of one instruction set: entries of its CpuKernels, which kernels.h describes.
#pragma once

#include "supernet/cpu/kernels.h"

namespace mcunas {
namespace MCUNAS_SIMD_NAME {

void Moments(ChannelTile part, const float* x, const float* shift, float* sums, float* squares);
void ScaleClamp(ChannelTile part, const float* x, const float* scale, const float* bias, float low,
                float high, float* y);
void GradientSums(ChannelTile part, const float* x, const float* gradient, const float* params,
                  float low, float high, float* sums, float* products);
void GradientApply(ChannelTile part, const float* x, const float* gradient, const float* params,
                   float low, float high, float* dx);

}  // namespace MCUNAS_SIMD_NAME
}  // namespace mcunas
