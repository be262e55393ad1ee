// The kernel (kernels/mcu_kernels.h) that computes an operator: its C name, its source files, its
// parameter struct.
#pragma once

#include <set>
#include <string>

#include "engine/codegen/kernel.h"
#include "network/network.h"

namespace mcunas {

// By kind, shape and bits of the weights. A kind without a kernel is our own bug and stops.
KernelChoice ChooseKernel(const Operator& op);

// Files of kernels/ that the operators need, with those of every project.
std::set<std::string> KernelFiles(const Network& network);

// Those of them that the program includes beside mcu_kernels.h.
std::set<std::string> KernelHeaders(const Network& network);

// "static const struct ... op_LABEL = {...};", with what it points at.
std::string ParametersText(const GenerationInput& input, const KernelParameters& p);

}  // namespace mcunas
