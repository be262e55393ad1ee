// What the files of one instruction set share: the entries of its CpuKernels, which
// kernels.h describes.
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
int64_t DepthwiseScratch(const DepthwiseShape& shape);
void DepthwiseForward(const DepthwiseShape& shape, int channel, const float* x, const float* weight,
                      float* y, float* scratch);
void DepthwiseBackward(const DepthwiseShape& shape, int channel, const float* x,
                       const float* gradient, const float* weight, float* dweight, float* dx,
                       float* scratch);

}  // namespace MCUNAS_SIMD_NAME
}  // namespace mcunas
