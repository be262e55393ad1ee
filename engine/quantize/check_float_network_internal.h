// What a float network from outside must keep to. Private to engine/quantize.
#pragma once

#include "common/expected.h"

namespace mcunas {

struct FloatNetwork;  // network/float_network.h

// Counts and finiteness of all weights, biases and batch norms. kCorrupt names the operator.
Expected<void> CheckFloatNetwork(const FloatNetwork& network);

}  // namespace mcunas
