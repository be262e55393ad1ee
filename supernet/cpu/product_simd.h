// Products of one instruction set: entries of its CpuKernels, which kernels.h
// describes.
#pragma once

#include "supernet/cpu/kernels.h"

namespace mcunas {
namespace MCUNAS_SIMD_NAME {

int64_t ProductScratch(const ProductShape& shape);
void MultiplyForward(const ProductForward& call);
void MultiplyBackward(const ProductBackward& call);

}  // namespace MCUNAS_SIMD_NAME
}  // namespace mcunas
