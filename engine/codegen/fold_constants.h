// The constants of one operator in the form the row kernels want (kernels/mcu_kernels.h).
#pragma once

#include <cstdint>
#include <vector>

#include "engine/codegen/folded_factor.h"
#include "kernels/mcu_requantize.h"
#include "network/quantized_network.h"

namespace mcunas {

// Of an operator with weights.
struct FoldedConstants {
  std::vector<int8_t> weights;  // in the kernels' order; of 4 bits, two values in each byte
  std::vector<int32_t> bias;    // bias - input zero point * sum(weights), wrapping as int32
  std::vector<int32_t> multiplier;
  std::vector<int8_t> right_shift;
  mcu_rounding rounding = MCU_ROUND_DOUBLE;
};
FoldedConstants FoldConstants(const QuantizedNetwork& network, int op);

// Output channels [out_begin, out_end) and, of a pointwise convolution, input channels [in_begin,
// in_end).
struct ChannelSlice {
  int out_begin = 0, out_end = 0;
  int in_begin = 0, in_end = 0;
};
// The weights of such a part of a pointwise or depthwise convolution, in the kernels' order.
std::vector<int8_t> SliceWeights(const QuantizedNetwork& network, int op,
                                 const ChannelSlice& slice);

struct FoldedProduct {
  FoldedFactor factor;
  mcu_rounding rounding = MCU_ROUND_DOUBLE;  // fast where the kernel may
};
// Of a multiply, of tensors or with constants.
FoldedProduct FoldProduct(const QuantizedNetwork& network, int op);
// Of an average pool with the arithmetic of MEAN.
FoldedProduct FoldMean(const QuantizedNetwork& network, int op);

// Operators that map each byte by itself, whatever its channel: the table of all 256 outputs, those
// of inputs 0 to 127, then those of -128 to -1. Empty for all other operators.
std::vector<int8_t> LookupTable(const QuantizedNetwork& network, int op);
// Of a softmax: struct mcu_softmax_table. Empty for all other operators.
std::vector<int32_t> ExponentialTable(const QuantizedNetwork& network, int op);
// Of a resize that repeats no pixel equally often: which input row (column) every output row
// (column) is. Empty for all other operators.
std::vector<int16_t> PickedRows(const Operator& op);
std::vector<int16_t> PickedColumns(const Operator& op);
// Constants of operators on two that are neither one nor weights: one per channel or per element.
std::vector<int8_t> ConstantTable(const QuantizedNetwork& network, int op);

}  // namespace mcunas
