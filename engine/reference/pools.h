// Means and maxima over windows and whole maps.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "network/quantized_network.h"

namespace mcunas {

// Output [H,W,C]; padding is not counted.
std::vector<int8_t> RunPool(const QuantizedNetwork& network, int op, std::span<const int8_t> input);

}  // namespace mcunas
