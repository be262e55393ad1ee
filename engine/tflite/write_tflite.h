// QuantizedNetwork -> .tflite, readable by any TFLite interpreter, same bytes out.
//
// A TFLite interpreter chooses its rounding itself: its reference kernels give the bytes of
// RoundingMode::kTflite, TFLite Micro those of kTflm. The file does not name the mode.
// Source: TFLite schema version 3; engine/tflite/model.fbs.
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "network/quantized_network.h"

namespace mcunas {

// A complete model: int8 inputs and outputs, per-channel weights, fused activations, no explicit
// PAD where TFLite's SAME padding equals ours (it pads symmetric windows of stride 2 differently on
// even sizes: those get an explicit PAD operator; average pools, which do not count padding, slice
// a pool of stride 1). FlatBuffers end at 2 GiB: a model with more weights than that is our own
// bug. Where the network names several inputs, nothing else may read its vector of all.
std::vector<uint8_t> WriteTflite(const QuantizedNetwork& network);

// Name of the tensor that holds the output of operator `op` in that model: "3_conv". Its bytes are
// those of RunReferenceAllTensors()[op]. kNetworkInput: "input"
// ("input_0", ... where there are several).
std::string TfliteTensorName(const Network& network, int op);

}  // namespace mcunas
