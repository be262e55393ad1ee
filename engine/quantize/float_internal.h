// Pieces of the quantiser that its own files share; nobody else includes this.
#pragma once

#include <vector>

#include "common/expected.h"
#include "network/float_network.h"

namespace mcunas {

// Output of every operator for one image [H,W,C] of finite pixels; batch norm is applied where
// there is one.
std::vector<std::vector<float>> RunFloatImage(const FloatNetwork& network, const float* image);

// Counts and finiteness of all weights, biases and batch norms. kCorrupt names the operator.
Expected<void> CheckFloatNetwork(const FloatNetwork& network);

// Channel that weight `index` of this operator belongs to.
inline size_t WeightChannel(const Operator& op, size_t index) {
  const size_t channels = static_cast<size_t>(op.out.channels);
  if (op.kind == OpKind::kDepthwise) return index % channels;
  return index / (static_cast<size_t>(OperatorWeights(op)) / channels);
}

struct ValueRange {
  float min = 0;
  float max = 0;
};

// Ranges of the network's input ([0]) and of every operator's output ([i + 1]) over all images,
// each widened to contain 0. `tail` is the share of values cut off at each end, to 1/8192 of the
// full range; it costs a second pass. kCorrupt names the operator whose outputs are not finite.
Expected<std::vector<ValueRange>> CalibrateRanges(const FloatNetwork& network,
                                                  const ImageBatch& images, double tail);

}  // namespace mcunas
