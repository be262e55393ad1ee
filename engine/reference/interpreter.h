// The bit-exact int8 interpreter: slow, plain and the judge of generated code.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "network/quantized_network.h"

namespace mcunas {

// Output bytes of every operator for one input [H,W,C]. Loops follow the TFLite reference kernels'
// definition; nothing is shared with engine/kernels.
std::vector<std::vector<int8_t>> RunReferenceAllTensors(const QuantizedNetwork& network,
                                                        std::span<const int8_t> input);
// Just the last one.
std::vector<int8_t> RunReference(const QuantizedNetwork& network, std::span<const int8_t> input);

}  // namespace mcunas
