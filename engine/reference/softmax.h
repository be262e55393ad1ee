// SOFTMAX over the channels of each pixel.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "network/quantized_network.h"

namespace mcunas {

// TFLite's reference: e^(x - max) in fixed point, its sum with 12 integer bits. Output [H,W,C].
std::vector<int8_t> RunSoftmax(const QuantizedNetwork& network, int op,
                               std::span<const int8_t> input);

}  // namespace mcunas
