// Operators with weights: sums of products, and their requantisation.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "network/quantized_network.h"

namespace mcunas {

// Bias plus products of an operator with weights, before requantisation, [H,W,C]. Reads weights,
// bias and the input's zero point only.
std::vector<int32_t> RunReferenceAccumulators(const QuantizedNetwork& network, int op,
                                              std::span<const int8_t> input);

// Output [H,W,C] of one.
std::vector<int8_t> RunWeighted(const QuantizedNetwork& network, int op,
                                std::span<const int8_t> input);

}  // namespace mcunas
