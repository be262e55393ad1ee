// Depthwise convolutions of one instruction set: entries of its CpuKernels, which kernels.h
// describes.
#pragma once

#include "supernet/cpu/kernels.h"

namespace mcunas {
namespace MCUNAS_SIMD_NAME {

int64_t DepthwiseScratch(const DepthwiseShape& shape);
void CorrelateForward(const DepthwiseForward& call);
void CorrelateBackward(const DepthwiseBackward& call);

}  // namespace MCUNAS_SIMD_NAME
}  // namespace mcunas
