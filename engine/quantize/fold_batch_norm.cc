#include "engine/quantize/fold_batch_norm.h"

#include <cmath>

#include "engine/quantize/weight_channel_internal.h"
#include "network/float_network.h"

namespace mcunas {
namespace {

void Fold(const Operator& op, FloatParameters* p) {
  const BatchNorm& norm = p->batch_norm;
  const size_t channels = norm.gamma.size();
  if (p->bias.empty()) p->bias.assign(channels, 0.0f);
  std::vector<double> factor(channels);
  for (size_t c = 0; c < channels; ++c) {
    factor[c] = norm.gamma[c] / std::sqrt(double{norm.variance[c]} + norm.epsilon);
    p->bias[c] = static_cast<float>((double{p->bias[c]} - norm.mean[c]) * factor[c] + norm.beta[c]);
  }
  for (size_t i = 0; i < p->weights.size(); ++i) {
    p->weights[i] = static_cast<float>(p->weights[i] * factor[WeightChannel(op, i)]);
  }
  p->batch_norm = {};
}

}  // namespace

FloatNetwork FoldBatchNorm(const FloatNetwork& network) {
  FloatNetwork folded = network;
  for (size_t i = 0; i < folded.parameters.size(); ++i) {
    FloatParameters& p = folded.parameters[i];
    if (!p.batch_norm.gamma.empty()) Fold(folded.network.operators[i], &p);
  }
  return folded;
}

}  // namespace mcunas
