// Runs a Network on float tensors [N,H,W,C]: training, batch-norm calibration, inference.
#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "network/network.h"
#include "supernet/internal/elastic_layers.h"

namespace mcunas {

// Per operator; undefined where there is no batch norm.
struct BatchNormStatistics {
  at::Tensor mean;
  at::Tensor variance;  // biased, as used for normalising
};

// Batch norm folded into the operator: weight * scale, and a bias.
struct FoldedLayer {
  at::Tensor weight;
  at::Tensor bias;
};

// Logits [N,classes] with the statistics of this batch. Differentiable.
at::Tensor TrainForward(const Network& network, const std::vector<LayerSlice>& slices,
                        const at::Tensor& images);
// The same by ATen's operators, one by one.
at::Tensor AtenTrainForward(const Network& network, const std::vector<LayerSlice>& slices,
                            const at::Tensor& images);

// Like TrainForward without gradients; also returns the statistics of this batch.
std::vector<BatchNormStatistics> BatchStatistics(const Network& network,
                                                 const std::vector<LayerSlice>& slices,
                                                 const at::Tensor& images);

std::vector<FoldedLayer> Fold(const std::vector<LayerSlice>& slices,
                              const std::vector<BatchNormStatistics>& statistics);
// Logits with fixed statistics. Call under at::NoGradGuard.
at::Tensor FoldedForward(const Network& network, const std::vector<FoldedLayer>& layers,
                         const at::Tensor& images);

}  // namespace mcunas
