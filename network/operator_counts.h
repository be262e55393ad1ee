// What operators cost before any plan: multiply-accumulates, weights, biases. Pure functions.
#pragma once

#include <cstdint>

#include "common/units.h"

namespace mcunas {

struct Network;   // network/network.h
struct Operator;  // network/network.h

// Multiply-accumulates of the operators with weights; all others count 0, padding counts as data. A
// transposed conv counts its weights over stride^2, rounded up, per output pixel.
Macs OperatorMacs(const Operator& op);
Macs NetworkMacs(const Network& network);
// Weights of one operator: conv and transposed conv O*k*k*I, depthwise k*k*O, ..., the constants of
// k..Constant; biases are counted apart (one per output channel of an operator with weights).
int64_t OperatorWeights(const Operator& op);
// What the weights take at weight_bits each, rounded up.
int64_t OperatorWeightBytes(const Operator& op);
int64_t OperatorBiases(const Operator& op);

}  // namespace mcunas
