// Random legal networks that reach every operator, padding and shape that the .tflite writer knows.
#pragma once

#include <cstdint>

#include "network/network.h"

namespace mcunas {

// Small: maps of a few thousand elements, 4 to 20 operators of all kinds. Odd sides, kernels 1 to
// 7, rectangular ones, strides 1 to 3, dilation, paddings that no TFLite padding gives, residuals,
// gates, operators behind global pools and fully connected ones, two outputs.
Network RandomTopology(uint64_t seed);

// Inverted bottlenecks as the search space makes them, about 30 operators.
Network MobileNetLike();

}  // namespace mcunas
