// QuantizedNetwork: a Network with int8 weights and everything TFLite's int8 arithmetic needs.
//
// real = scale * (q - zero_point). Weights are symmetric (zero point 0), one scale per output
// channel. Source of the rules: TFLite int8 quantisation specification.
#pragma once

#include <cstdint>
#include <vector>

#include "network/network.h"
#include "network/rounding.h"

namespace mcunas {

struct TensorQuantization {
  float scale = 1.0f;
  int zero_point = 0;  // in [-128, 127]

  bool operator==(const TensorQuantization&) const = default;
};

struct QuantizedParameters {
  // Layouts of FloatParameters::weights; the constants of k..Constant. Empty for operators without
  // either. In [-8, 7] where the operator has weights of 4 bits.
  std::vector<int8_t> weights;
  std::vector<float> weight_scales;  // [O]; fully connected: [O] or one for all
  std::vector<int32_t> bias;         // [O], scale = input scale * weight scale
  TensorQuantization constant;       // of `weights`, where they are constants
  TensorQuantization output;         // of the tensor this operator produces
  Rounding rounding = Rounding::kDouble;
  // Average pools: TFLite's MEAN, which subtracts zero points and rescales with one fixed-point
  // multiplier, instead of its AVERAGE_POOL_2D, which divides and never rescales.
  bool mean = false;
  float beta = 1.0f;   // softmax: of e^(beta x)
  float alpha = 0.0f;  // leaky ReLU: slope below 0, not negative
};

struct QuantizedNetwork {
  Network network;
  TensorQuantization input;
  std::vector<QuantizedParameters> parameters;  // one per operator
  RoundingMode rounding_mode = RoundingMode::kTflite;

  // Pre-condition: 0 <= op < network.operator_count().
  const QuantizedParameters& parameters_of(int op) const {
    return parameters[static_cast<size_t>(op)];
  }
  QuantizedParameters& parameters_of(int op) { return parameters[static_cast<size_t>(op)]; }
  const TensorQuantization& tensor(int id) const {
    return id == kNetworkInput ? input : parameters_of(id).output;
  }
};

}  // namespace mcunas
