// The constants of ADD and SUB, and whether a plain linear form gives the same bytes.
#pragma once

#include <cstdint>

#include "engine/codegen/folded_factor.h"

namespace mcunas {

struct QuantizedNetwork;  // network/quantized_network.h

// Of a sum or difference, of tensors or with constants: struct mcu_addition. The linear form is
// there where it gives the exact byte for all pairs of bytes.
struct FoldedAddition {
  FoldedFactor first, second, output;
  int first_sign = 1, second_sign = 1;
  int32_t first_slope = 0, second_slope = 0, offset = 0;
};
FoldedAddition FoldAddition(const QuantizedNetwork& network, int op);

}  // namespace mcunas
