// Post-training int8 quantisation: calibrate ranges, quantise per channel.
//
// Rules: TFLite int8 specification (per-channel symmetric weights, per-tensor asymmetric
// activations, ranges that contain 0). Beyond TFLite, Quantize promises for every int8 input:
//   - no accumulator reaches 2^30 (the scale of a channel grows until its bias and products fit);
//   - every output multiplier is below 1, so nothing is shifted left before requantisation (the
//     output scale is at least input scale * weight scale);
//   - a channel without weights keeps its bias.
// Thread rule: pure functions; the same arguments give the same result on the same machine.
#pragma once

#include <vector>

#include "common/expected.h"
#include "network/float_network.h"
#include "network/image_batch.h"
#include "network/quantized_network.h"

namespace mcunas {

struct QuantizeOptions {
  RoundingMode rounding = RoundingMode::kTflite;
  // Share of calibration values cut off at each end of a range, in [0, 0.5); 0 = plain minimum and
  // maximum.
  double range_percentile = 0.0;
};

// kUsage if there are no calibration images, their shape is not the network's input or their pixels
// are not finite; kCorrupt for weights that are not finite or have the wrong count, for
// operators that no float network has (all but weighted ones, add, multiply, hard swish, logistic
// and average pools) and for operators whose outputs overflow (names the operator). Cost: one float
// inference per image, two with a percentile.
Expected<QuantizedNetwork> Quantize(const FloatNetwork& network, const ImageBatch& calibration,
                                    const QuantizeOptions& options = {});

// Real pixels -> the int8 bytes the network takes, rounding to nearest, saturating; a NaN becomes
// real 0. [count,H,W,C].
std::vector<int8_t> QuantizeImages(const ImageBatch& images, const TensorQuantization& input);

}  // namespace mcunas
