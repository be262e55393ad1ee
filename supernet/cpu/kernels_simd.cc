// The table of one instruction set. Compiled once per instruction set.
#include "supernet/cpu/depthwise_simd.h"
#include "supernet/cpu/lanes.h"
#include "supernet/cpu/maps_simd.h"
#include "supernet/cpu/product_simd.h"

namespace mcunas {
namespace MCUNAS_SIMD_NAME {

extern const CpuKernels kKernels;
const CpuKernels kKernels = {
    MCUNAS_SIMD_TEXT,  kLanes,         kTileRows,       DepthwiseScratch, CorrelateForward,
    CorrelateBackward, ProductScratch, MultiplyForward, MultiplyBackward, Materialise,
    SumGradients,      GateMap,        GateGradient};

}  // namespace MCUNAS_SIMD_NAME
}  // namespace mcunas
