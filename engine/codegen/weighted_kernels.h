// Kernels of operators with weights.
#pragma once

#include "engine/codegen/kernel.h"
#include "network/network.h"

namespace mcunas {

// By kind, window and bits of the weights.
KernelChoice ChooseWeightedKernel(const Operator& op);

}  // namespace mcunas
