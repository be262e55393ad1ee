// SubnetEvaluator: sub-networks with fixed weights: batch-norm recalibration, accuracy, extraction.
#pragma once

#include <ATen/ATen.h>

#include <map>
#include <span>
#include <vector>

#include "common/resolution.h"
#include "nas/evaluate/ports.h"
#include "nas/evaluate/weights_source.h"
#include "nas/space/architecture.h"
#include "nas/space/space_config.h"
#include "network/float_network.h"
#include "network/image_batch.h"
#include "supernet/data/task_data.h"
#include "supernet/internal/elastic_layers.h"
#include "supernet/internal/run_network.h"

namespace mcunas {

class SubnetEvaluator {
 public:
  // `bn_images` training images (chosen by a named stream, never augmented) recalibrate batch norm.
  SubnetEvaluator(const ElasticLayers* layers, const TaskData* data, const SpaceConfig* space,
                  int64_t bn_images, uint64_t seed, at::Device device);

  // The task's score on the hold-out split of the sub-network with these flat weights.
  ScoreResult Evaluate(const at::Tensor& weights, const Architecture& architecture) {
    return EvaluateFirst(weights, architecture, data_->holdout.count());
  }
  // The same on the first `images` > 0 of the split.
  ScoreResult EvaluateFirst(const at::Tensor& weights, const Architecture& architecture,
                            int images);
  FloatNetwork Extract(const at::Tensor& weights, const Architecture& architecture);
  // The task's score of an extracted network on hold-out or test split.
  ScoreResult Score(const FloatNetwork& network, DataSplit split);
  // The first images of the calibration order; labels are left empty.
  ImageBatch CalibrationImages(const Resolution& resolution, int count) const;

 private:
  struct Subnet {
    Network network;
    std::vector<LayerSlice> slices;
    std::vector<BatchNormStatistics> statistics;
  };
  Subnet Recalibrated(const at::Tensor& weights, const Architecture& architecture);
  ScoreResult ScoreOf(const Network& network, const std::vector<FoldedLayer>& layers,
                      const at::Tensor& images, std::span<const int> labels) const;
  // Cached per resolution: [N,H,W,C] on the device.
  const at::Tensor& BnImages(const Resolution& resolution);
  const at::Tensor& Holdout(const Resolution& resolution);

  const ElasticLayers* layers_;
  const TaskData* data_;
  const SpaceConfig* space_;
  at::Device device_;
  ImageSet calibration_;  // shuffled training images
  int bn_images_;
  std::map<Resolution, at::Tensor> bn_cache_, holdout_cache_;
};

}  // namespace mcunas
