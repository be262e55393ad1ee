// Depthwise convolutions of one instruction set: entries of its CpuKernels, which kernels.h
// describes.
#pragma once

#include "supernet/cpu/kernels.h"

namespace mcunas {
namespace MCUNAS_SIMD_NAME {

int64_t DepthwiseScratch(const DepthwiseShape& shape);
void DepthwiseForward(const DepthwiseShape& shape, int channel, const float* x, const float* weight,
                      float* y, float* scratch);
void DepthwiseBackward(const DepthwiseShape& shape, int channel, const float* x,
                       const float* gradient, const float* weight, float* dweight, float* dx,
                       float* scratch);

}  // namespace MCUNAS_SIMD_NAME
}  // namespace mcunas
