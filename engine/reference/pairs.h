// Operators on two values: of two tensors, or of a tensor and constants.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "network/quantized_network.h"

namespace mcunas {

// Output [H,W,C]; `second` repeats: a whole tensor, one value per channel, or one.
std::vector<int8_t> RunPair(const QuantizedNetwork& network, int op, std::span<const int8_t> first,
                            std::span<const int8_t> second);

}  // namespace mcunas
