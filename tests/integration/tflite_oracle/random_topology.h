// Random legal networks that reach every operator, padding and shape that the .tflite writer knows.
#pragma once

#include <cstdint>

#include "network/network.h"

namespace mcunas {

// Small: at most 20 x 20 x 24 per tensor, 4 to 16 operators. Odd sides, kernels 1 to 7, strides 1
// and 2, paddings that no TFLite padding gives, residuals, operators behind global pools and fully
// connected ones.
Network RandomTopology(uint64_t seed);

// Inverted bottlenecks as the search space makes them, about 30 operators.
Network MobileNetLike();

}  // namespace mcunas
