// Kernels of operators on two values: of two tensors, or of a tensor and constants.
#pragma once

#include "engine/codegen/kernel.h"
#include "network/network.h"

namespace mcunas {

KernelChoice ChoosePairKernel(const Operator& op);

}  // namespace mcunas
