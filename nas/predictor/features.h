// Features of a network that its latency is linear in.
//
// A multiply-accumulate costs what its operator lets it cost: a depthwise one about ten times a
// pointwise one on a Cortex-M, so MACs are counted by kind. What is paid per output
// (requantisation), per weight (flash) and per operator (set-up) comes beside them.
#pragma once

#include <array>

#include "network/network.h"

namespace mcunas {

enum Feature {
  kPointwiseMacs,
  kConvMacs,       // k x k, k > 1, not the first operator
  kFirstConvMacs,  // k x k on the image: few channels, nothing to unroll
  kDepthwise3Macs,
  kDepthwise5Macs,
  kDepthwise7Macs,  // 7 and larger
  kFullyConnectedMacs,
  kOutputs,         // elements written by operators with weights
  kSimpleElements,  // elements read by operators without weights
  kWeightBytes,
  kOperators,
  kFeatureCount
};
const char* FeatureName(int feature);  // "pointwise_macs", ...

using Features = std::array<double, kFeatureCount>;

Features OperatorFeatures(const Operator& op);
// Sum over the operators.
Features NetworkFeatures(const Network& network);

}  // namespace mcunas
