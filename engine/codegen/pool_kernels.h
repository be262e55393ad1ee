// Kernels of means and maxima.
#pragma once

#include "engine/codegen/kernel.h"
#include "network/network.h"

namespace mcunas {

KernelChoice ChoosePoolKernel(const Operator& op);

}  // namespace mcunas
