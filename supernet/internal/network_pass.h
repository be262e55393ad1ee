// One network over one batch, forward and back, by the fused layers: what TrainForward does where
// the CPU kernels apply. To autograd it is one function of the layers' weights.
#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "network/network.h"
#include "supernet/internal/elastic_layers.h"
#include "supernet/internal/run_network.h"

namespace mcunas {

// True for float images on the CPU and networks of fused layers and weightless operators.
// MCUNAS_CPU_KERNELS=aten in the environment turns the kernels off.
bool FusedPassApplies(const Network& network, const at::Tensor& images);

// Logits [N,classes] with the statistics of this batch. Differentiable by the slices.
at::Tensor FusedTrainForward(const Network& network, const std::vector<LayerSlice>& slices,
                             const at::Tensor& images);

// The statistics of this batch; no gradients.
std::vector<BatchNormStatistics> FusedStatistics(const Network& network,
                                                 const std::vector<LayerSlice>& slices,
                                                 const at::Tensor& images);

}  // namespace mcunas
