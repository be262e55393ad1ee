// Kernels that choose, move and mix bytes.
#pragma once

#include "engine/codegen/kernel.h"
#include "network/network.h"

namespace mcunas {

KernelChoice ChooseGeometryKernel(const Operator& op);

}  // namespace mcunas
