// Post-training int8 quantisation: fold batch norm, calibrate ranges, quantise per channel.
// Rules: TFLite int8 specification (per-channel symmetric weights, per-tensor asymmetric activations).
#pragma once

#include <vector>

#include "common/expected.h"
#include "network/float_network.h"
#include "network/quantized_network.h"

namespace mcunas {

// Folds every batch norm into weights and bias; the result has none left and computes the same function.
FloatNetwork FoldBatchNorm(const FloatNetwork& network);

// Runs a folded or unfolded float network on [count,H,W,C] images; returns the output of every operator,
// one vector per operator, [count,h,w,c]. The judge of the LibTorch export: plain loops over Eigen
// products, nothing shared with LibTorch.
std::vector<std::vector<float>> RunFloat(const FloatNetwork& network, const ImageBatch& images);

struct QuantizeOptions {
  RoundingMode rounding = RoundingMode::kTflite;
  // Share of calibration values cut off at each end of a range; 0 = plain minimum and maximum.
  double range_percentile = 0.0;
};

// kUsage if there are no calibration images or their shape is not the network's input; kCorrupt for
// weights that are not finite or have the wrong count (names the operator).
Expected<QuantizedNetwork> Quantize(const FloatNetwork& network, const ImageBatch& calibration,
                                    const QuantizeOptions& options = {});

// Real pixels -> the int8 bytes the network takes, rounding to nearest, saturating. [count,H,W,C].
std::vector<int8_t> QuantizeImages(const ImageBatch& images, const TensorQuantization& input);

// Seeded random int8 weights, biases and plausible scales for a bare Network: for planning, code
// generation and tests where accuracy does not matter. Outputs are not saturated flat.
QuantizedNetwork RandomQuantizedNetwork(const Network& network, uint64_t seed, RoundingMode rounding);

}  // namespace mcunas
