// The constants of one operator in the form the row kernels want (engine/kernels/mcu_kernels.h).
#pragma once

#include <cstdint>
#include <vector>

#include "engine/kernels/mcu_requantize.h"
#include "network/quantized_network.h"

namespace mcunas {

// Of an operator with weights.
struct FoldedConstants {
  std::vector<int8_t> weights;  // same values, in the kernels' order
  std::vector<int32_t> bias;    // bias - input zero point * sum(weights), wrapping as int32
  std::vector<int32_t> multiplier;
  std::vector<int8_t> right_shift;
  mcu_rounding rounding = MCU_ROUND_DOUBLE;
};
FoldedConstants FoldConstants(const QuantizedNetwork& network, int op);

struct FoldedFactor {
  int32_t multiplier = 0;
  int32_t right_shift = 0;
};

// Of an add.
struct FoldedAddition {
  FoldedFactor first, second, output;
  mcu_rounding rounding = MCU_ROUND_DOUBLE;
};
FoldedAddition FoldAddition(const QuantizedNetwork& network, int op);

}  // namespace mcunas
