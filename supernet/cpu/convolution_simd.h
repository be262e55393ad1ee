// Products over the windows of convolutions, of one instruction set: what the entries of its
// CpuKernels do where rows are not the pixels of the map themselves.
#pragma once

#include "supernet/cpu/kernels.h"

namespace mcunas {
namespace MCUNAS_SIMD_NAME {

int64_t ConvolutionScratch(const ProductShape& shape);
void ConvolveForward(const ProductForward& call);
void ConvolveBackward(const ProductBackward& call);

}  // namespace MCUNAS_SIMD_NAME
}  // namespace mcunas
