// Random float networks and images for the quantiser's tests.
#pragma once

#include <cmath>
#include <string>
#include <utility>

#include "common/random.h"
#include "network/float_network.h"
#include "network/image_batch.h"
#include "network/network_builder.h"
#include "network/operator_counts.h"

namespace mcunas::test {

inline ImageBatch RandomImages(const Shape& shape, int count, uint64_t seed) {
  RandomStream random(seed, "images");
  ImageBatch images;
  images.count = count;
  images.shape = shape;
  for (int64_t i = 0; i < count * shape.elements(); ++i) {
    images.pixels.push_back(static_cast<float>(random.Normal()));
  }
  return images;
}

inline std::vector<float> RandomValues(RandomStream* random, size_t count, double mean,
                                       double deviation) {
  std::vector<float> values(count);
  for (float& v : values) v = static_cast<float>(mean + deviation * random->Normal());
  return values;
}

// He-initialised weights, and batch norms behind everything but fully connected.
inline FloatNetwork RandomFloatNetwork(const Network& network, uint64_t seed) {
  RandomStream random(seed, "float-network");
  FloatNetwork result{network, {}};
  for (const Operator& op : network.operators) {
    FloatParameters p;
    const auto weights = static_cast<size_t>(OperatorWeights(op));
    const auto channels = static_cast<size_t>(OperatorBiases(op));
    if (weights > 0) {
      p.weights = RandomValues(&random, weights, 0,
                               std::sqrt(2.0 * static_cast<double>(channels) / weights));
      p.bias = RandomValues(&random, channels, 0, 0.1);
    }
    if (weights > 0 && op.kind != OpKind::kFullyConnected) {
      p.batch_norm.gamma = RandomValues(&random, channels, 1, 0.2);
      p.batch_norm.beta = RandomValues(&random, channels, 0, 0.2);
      p.batch_norm.mean = RandomValues(&random, channels, 0, 0.2);
      p.batch_norm.variance = RandomValues(&random, channels, 1, 0.1);
    }
    result.parameters.push_back(std::move(p));
  }
  return result;
}

// Every kind of operator of inverted bottlenecks, odd sides, a stride, a residual.
inline Network EveryOperator() {
  NetworkBuilder b("every-operator", {11, 9, 3});
  const int stem = b.Conv(kNetworkInput, 8, {3, 3}, {2, 2}, Activation::kRelu6);
  const int expand = b.Pointwise(stem, 16, Activation::kRelu);
  const int depthwise = b.Depthwise(expand, {5, 5}, {1, 1}, Activation::kRelu6);
  const int project = b.Pointwise(depthwise, 8, Activation::kNone);
  const int sum = b.Add(project, stem);
  const int down = b.Depthwise(sum, {3, 3}, {2, 2}, Activation::kNone);
  b.FullyConnected(b.GlobalAveragePool(b.AveragePool(down, {3, 3}, {1, 1})), 5);
  return std::move(b).Finish();
}

}  // namespace mcunas::test
