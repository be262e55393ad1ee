// Operators that are one function of each byte: LOGISTIC, TANH, HARD_SWISH, LEAKY_RELU, and
// QUANTIZE, RELU, RELU6 and RELU_N1_TO_1.
//
// Source: definition of the TFLite reference kernels (activations.cc, hard_swish.h, leaky_relu.h,
// requantize.h) and, of LOGISTIC and TANH under RoundingMode::kTflm, of TFLite Micro (logistic.h,
// tanh.h), which computes in fixed point what TFLite looks up in a table made in float. Thread
// rule: pure functions.
#pragma once

#include <array>
#include <cstdint>

#include "network/quantized_network.h"

namespace mcunas {

// Entry x + 128 is the output of input x.
using ByteFunction = std::array<int8_t, 256>;

// Of operator `op`, one of the kinds above.
ByteFunction FunctionOfByte(const QuantizedNetwork& network, int op);

}  // namespace mcunas
