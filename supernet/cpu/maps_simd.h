// Whole maps of one instruction set: entries of its CpuKernels, which kernels.h
// describes.
#pragma once

#include "supernet/cpu/kernels.h"

namespace mcunas {
namespace MCUNAS_SIMD_NAME {

void Materialise(MapRows size, const LazyMap& map, const LazyMap& addend, float* y);
void SumGradients(MapRows size, const LazyMap& map, const float* gradient,
                  const GradientSums& sums);
void GateMap(MapRows size, const LazyMap& map, const float* gate, float* y);
void GateGradient(const GateBackward& call);

}  // namespace MCUNAS_SIMD_NAME
}  // namespace mcunas
