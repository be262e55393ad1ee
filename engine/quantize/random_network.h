// Quantised networks that nobody trained.
#pragma once

#include <cstdint>

#include "network/quantized_network.h"

namespace mcunas {

enum class RandomParameters {
  // What a file may hold: about one channel in 16 is dead or nearly so, with a multiplier between
  // 0.5 and 3 (left shifts), and outputs of a ReLU begin anywhere. Kernels have a slow path for it.
  kAny,
  // What training leaves: no such channels, outputs of a ReLU begin at -128, those of a ReLU6 end
  // at 127. Instruction counts are those of a trained network.
  kTrained
};

// Seeded random int8 weights, biases and plausible scales for a bare Network: for planning, code
// generation and tests where accuracy does not matter. Outputs are not saturated flat at any depth.
// The network must pass VerifyNetwork. Cost: two reference inferences.
QuantizedNetwork RandomQuantizedNetwork(const Network& network, uint64_t seed,
                                        RoundingMode rounding,
                                        RandomParameters kind = RandomParameters::kAny);

}  // namespace mcunas
