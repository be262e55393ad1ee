// The differentiable operators of a network on [N,H,W,C] tensors by ATen: what runs where
// network_pass.h does not apply, and the reference of its tests.
#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "network/network.h"

namespace mcunas {

constexpr double kBatchNormEpsilon = 1e-5;

// conv [O,k,k,I], pointwise [O,I] or depthwise [k,k,C] weights; bias may be undefined. The window
// is as the search spaces make them: no dilation, as much padding before as behind.
at::Tensor Convolve(const Operator& op, const at::Tensor& input, const at::Tensor& weight,
                    const at::Tensor& bias = {});

// y = activation(gamma * (x - mean) / sqrt(variance + epsilon) + beta) with the statistics of x
// itself.
at::Tensor BatchNormActivation(const at::Tensor& input, const at::Tensor& gamma,
                               const at::Tensor& beta, Activation activation);

at::Tensor Activate(at::Tensor input, Activation activation);

// Back through an activation, from what it left.
at::Tensor ActivateBackward(const at::Tensor& gradient, const at::Tensor& output,
                            Activation activation);

// Additions and products, also by one value per image and channel, global pooling to [N,1,1,C],
// hard swish and logistic.
at::Tensor WithoutWeights(const Operator& op, const std::vector<at::Tensor>& inputs);

}  // namespace mcunas
