// The table of one instruction set. Compiled once per instruction set.
#include "supernet/cpu/batch_norm_simd.h"
#include "supernet/cpu/depthwise_simd.h"
#include "supernet/cpu/lanes.h"

namespace mcunas {
namespace MCUNAS_SIMD_NAME {

extern const CpuKernels kKernels;
const CpuKernels kKernels = {MCUNAS_SIMD_TEXT, kLanes,           Moments,
                             ScaleClamp,       GradientSums,     GradientApply,
                             DepthwiseScratch, DepthwiseForward, DepthwiseBackward};

}  // namespace MCUNAS_SIMD_NAME
}  // namespace mcunas
