// What the parameter structs of kernels (kernels/mcu_kernels.h) are written with.
#pragma once

#include <string>

#include "engine/arithmetic/requantization.h"
#include "engine/codegen/folded_factor.h"
#include "engine/codegen/generation_input.h"
#include "engine/codegen/kernel.h"

namespace mcunas {

// Name of a table of constants of operator `op`.
std::string TableName(const GenerationInput& input, const char* what, size_t op);
// "5" or, of a run of channels, "5_2".
std::string ParameterLabel(const KernelParameters& p);
std::string WeightsName(const GenerationInput& input, const KernelParameters& p);

const char* RoundingText(mcu_rounding rounding);                        // "MCU_ROUND_DOUBLE", ...
std::string FactorText(FoldedFactor factor);                            // struct mcu_factor
std::string WindowText(const Operator& op, const KernelParameters& p);  // struct mcu_window

struct ClampedOperator {
  const Operator& op;
  const QuantizedParameters& parameters;
  Clamp clamp;  // of its activation
};
ClampedOperator ClampedOperatorOf(const GenerationInput& input, const KernelParameters& p);

}  // namespace mcunas
