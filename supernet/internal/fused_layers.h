// Layers with weights over the CPU kernels: convolutions of a FeatureMap, whose batch norm they
// apply while they read, to the sums and moments of the next one; and back.
#pragma once

#include <ATen/ATen.h>

#include "network/network.h"
#include "supernet/internal/feature_map.h"

namespace mcunas {

// Whether the kernels compute the operator, alike in both directions: convolutions and the
// classifier; depthwise ones of kernel 3, 5 or 7, stride 1 or 2, but not of the network's input.
bool HasFusedLayer(const Operator& op);

struct LayerSums {
  at::Tensor values;   // [N,H,W,C] before batch norm
  at::Tensor moments;  // as MomentPartials
};
// conv [O,k,k,I], pointwise [O,I] or depthwise [k,k,C] weights, contiguous.
LayerSums FusedForward(const Operator& op, const FeatureMap& in, const at::Tensor& weight);

struct LayerBackward {
  const FeatureMap& in;
  const FeatureMap& out;
  const at::Tensor& dout;    // the gradient of what readers see of `out`
  const NormGradient& norm;  // of `out`
  // Gets the gradient of what readers see of `in`, added to what others have left there. Null:
  // nobody wants it.
  MapGradient* din = nullptr;
  bool last = false;  // no other reader adds to it: its sums are taken, too
};
// Gradient of the weights.
at::Tensor FusedBackward(const Operator& op, const at::Tensor& weight, const LayerBackward& layer);

}  // namespace mcunas
