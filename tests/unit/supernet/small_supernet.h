// Supernets of random weights on a few small images, and how logits are compared.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "common/random.h"
#include "network/image_batch.h"
#include "supernet/data/task_data.h"
#include "supernet/internal/elastic_layers.h"
#include "tests/unit/supernet/plain_forward.h"

namespace mcunas {

// Square images; 20 of `train` are held out.
inline TaskData SmallData(int train = 90, int size = 12) {
  DataConfig config;
  config.synthetic_train = train;
  config.synthetic_test = 10;
  config.synthetic_size = size;
  config.holdout = 20;
  return *LoadTaskData(config, size, 1);
}

// Weights as training leaves them: batch norm scales, shifts and transforms away from 1, 0 and
// identity, so that a slice of the wrong place shows.
inline at::Tensor Unrest(const ElasticLayers& layers, uint64_t seed) {
  at::Tensor flat = layers.Initial(seed);
  RandomStream random(seed, "unrest");
  float* values = flat.data_ptr<float>();
  for (int64_t i = 0; i < layers.total(); ++i)
    values[i] += static_cast<float>((i < layers.decayed() ? 0.02 : 0.2) * random.Normal());
  return flat;
}

// The largest difference, relative for logits above 1.
inline double Difference(const std::vector<double>& a, const std::vector<float>& b) {
  EXPECT_EQ(a.size(), b.size());
  double largest = 0;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    largest = std::max(largest, std::abs(a[i] - b[i]) / std::max(1.0, std::abs(a[i])));
  return largest;
}

inline std::vector<double> PlainLogits(const FloatNetwork& network, const ImageBatch& images) {
  std::vector<double> logits;
  for (int i = 0; i < images.count; ++i) {
    const PlainTensor one =
        PlainForward(network, images.pixels.data() + i * images.shape.elements());
    logits.insert(logits.end(), one.begin(), one.end());
  }
  return logits;
}

}  // namespace mcunas
