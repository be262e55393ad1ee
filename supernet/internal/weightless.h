// Operators without weights between the fused layers: ATen's on what readers see of a FeatureMap.
#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "network/network.h"
#include "supernet/internal/feature_map.h"

namespace mcunas {

// Additions and products, also by one value per image and channel, global pooling, hard swish and
// logistic.
bool IsWeightless(OpKind kind);

FeatureMap WeightlessForward(const Operator& op, const std::vector<const FeatureMap*>& inputs);

// From the gradient of what readers see of `out`: that of each input, which may be an expanded view
// or the same tensor twice.
std::vector<at::Tensor> WeightlessBackward(const Operator& op,
                                           const std::vector<const FeatureMap*>& inputs,
                                           const FeatureMap& out, const at::Tensor& gradient);

}  // namespace mcunas
