// QuantizedNetwork -> .tflite, readable by any TFLite interpreter, same bytes out.
#pragma once

#include <cstdint>
#include <vector>

#include "network/quantized_network.h"

namespace mcunas {

// A complete model: int8 input and output, per-channel weights, fused activations, no explicit PAD where
// TFLite's SAME padding equals ours (it pads symmetric windows of stride 2 differently on even sizes:
// those get an explicit PAD operator).
std::vector<uint8_t> WriteTflite(const QuantizedNetwork& network);

}  // namespace mcunas
