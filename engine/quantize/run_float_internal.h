// Float inference of one image. Private to engine/quantize.
#pragma once

#include <vector>

namespace mcunas {

struct FloatNetwork;  // network/float_network.h

// Output of every operator for one image [H,W,C] of finite pixels; batch norm is applied where
// there is one.
std::vector<std::vector<float>> RunFloatImage(const FloatNetwork& network, const float* image);

}  // namespace mcunas
