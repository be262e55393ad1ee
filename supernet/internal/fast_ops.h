// Autograd functions over the CPU kernels. ATen's own operators are the reference in tests and the
// way on other devices.
#pragma once

#include <ATen/ATen.h>

#include "network/network.h"

namespace mcunas {

// True for contiguous float tensors on the CPU; MCUNAS_CPU_KERNELS=aten in the environment turns
// the kernels off.
bool FastOpsApply(const at::Tensor& input);

// True for depthwise convolutions that are alike in both directions, kernel 3, 5 or 7, stride 1 or 2.
bool HasFastDepthwise(const Operator& op);
// Of such an operator, [k,k,C] weights.
at::Tensor FastDepthwise(const Operator& op, const at::Tensor& input, const at::Tensor& weight);

at::Tensor FastBatchNormActivation(const at::Tensor& input, const at::Tensor& gamma,
                                   const at::Tensor& beta, Activation activation);

// Mean and biased variance over everything but the last dimension.
std::pair<at::Tensor, at::Tensor> FastMoments(const at::Tensor& input);
// clamp(input * scale + bias) in place.
at::Tensor FastScaleActivate(at::Tensor input, const at::Tensor& scale, const at::Tensor& bias,
                             Activation activation);

}  // namespace mcunas
