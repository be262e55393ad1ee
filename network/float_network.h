// FloatNetwork: a Network with trained float weights, as the supernet hands it to the quantiser.
// No LibTorch type appears here; everything is copied.
#pragma once

#include <vector>

#include "network/network.h"

namespace mcunas {

struct BatchNorm {
  std::vector<float> gamma, beta, mean, variance;  // one per output channel
  float epsilon = 1e-5f;
};

// Parameters of one operator; all empty for operators without weights (add, pools).
struct FloatParameters {
  // conv and pointwise [O,k,k,I]; depthwise [k,k,O]; fully connected [O,I]; row-major.
  std::vector<float> weights;
  std::vector<float> bias;  // [O]; empty = zero
  BatchNorm batch_norm;     // applied after the operator, before the activation; empty gamma = none
};

struct FloatNetwork {
  Network network;
  std::vector<FloatParameters> parameters;  // one per operator
};

}  // namespace mcunas
