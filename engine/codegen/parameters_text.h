// The parameter structs of kernels (kernels/mcu_kernels.h) as C.
#pragma once

#include <string>

#include "engine/codegen/program_text.h"

namespace mcunas {

// Name of a table of constants of operator `op`.
std::string TableName(const GenerationInput& input, const char* what, size_t op);
// "5" or, of a run of channels, "5_2".
std::string ParameterLabel(const KernelParameters& p);
std::string WeightsName(const GenerationInput& input, const KernelParameters& p);

// "static const struct ... op_LABEL = {...};", with what it points at.
std::string ParametersText(const GenerationInput& input, const KernelParameters& p);

}  // namespace mcunas
