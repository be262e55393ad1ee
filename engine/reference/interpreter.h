// The bit-exact int8 interpreter: slow, plain and the judge of generated code.
//
// Source: definition of the TFLite reference kernels; requantization.h for the arithmetic. Weights,
// biases and shapes must fit each other (VerifyNetwork and Quantize see to that); anything else is
// our own bug and stops. Accumulators are 32 bits: Quantize keeps them below 2^30. Thread rule:
// pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "network/quantized_network.h"

namespace mcunas {

// Output bytes of every operator for one input [H,W,C]. Loops follow the TFLite reference kernels'
// definition; nothing is shared with kernels.
std::vector<std::vector<int8_t>> RunReferenceAllTensors(const QuantizedNetwork& network,
                                                        std::span<const int8_t> input);
// Just the network's outputs, one after the other in the order of OutputTensors.
std::vector<int8_t> RunReference(const QuantizedNetwork& network, std::span<const int8_t> input);

// One operator on operands of our choice, in the order of Operator::inputs; output [H,W,C].
std::vector<int8_t> RunReferenceOperator(const QuantizedNetwork& network, int op,
                                         const std::vector<std::span<const int8_t>>& inputs);

}  // namespace mcunas
