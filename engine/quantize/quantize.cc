#include "engine/quantize/quantize.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "common/check.h"
#include "engine/arithmetic/requantization.h"
#include "engine/quantize/calibrate_internal.h"
#include "engine/quantize/check_float_network_internal.h"
#include "engine/quantize/fold_batch_norm.h"
#include "engine/quantize/weight_channel_internal.h"
#include "network/image_batch.h"
#include "network/operator_counts.h"
#include "network/verify.h"

namespace mcunas {
namespace {

constexpr int kQMin = -128, kQMax = 127;
// Accumulators of any input stay below this: generated code shifts them left by one.
constexpr double kAccumulatorLimit = double{1 << 30};
constexpr float kFlat = 1e-12f;  // a range this narrow is a constant tensor

// TFLite's rule (quantization_util.h, ChooseQuantizationParams): the range contains 0, and 0 is
// exactly the zero point. `smallest_scale` widens ranges that are finer than the arithmetic that
// fills them.
TensorQuantization ChooseQuantization(ValueRange range, double smallest_scale) {
  double width = double{range.max} - range.min;
  if (width < kFlat) width = 1.0;
  const auto scale = static_cast<float>(std::max(width / (kQMax - kQMin), smallest_scale));
  const double low = range.min / double{scale}, high = range.max / double{scale};
  // The end with the smaller rounding error decides.
  const bool from_low =
      std::abs(double{kQMin}) + std::abs(low) < std::abs(double{kQMax}) + std::abs(high);
  const double zero = std::round(from_low ? kQMin - low : kQMax - high);
  return {scale, static_cast<int>(std::clamp(zero, double{kQMin}, double{kQMax}))};
}

struct Channel {
  std::vector<float> weights;
  double bias = 0;
  double most = 127;  // largest quantised weight
  double scale = 0;   // of its weights
};

std::vector<Channel> SplitChannels(const Operator& op, const FloatParameters& p) {
  std::vector<Channel> channels(static_cast<size_t>(op.out.channels));
  for (size_t i = 0; i < p.weights.size(); ++i) {
    channels[WeightChannel(op, i)].weights.push_back(p.weights[i]);
  }
  for (size_t c = 0; c < p.bias.size(); ++c) channels[c].bias = p.bias[c];
  if (op.weight_bits == 4) {
    for (Channel& channel : channels) channel.most = 7;
  }
  return channels;
}

double QuantizeWeight(float weight, const Channel& channel, double scale) {
  return std::clamp(std::round(weight / scale), -channel.most, channel.most);
}

// Largest |accumulator| that any int8 input can cause.
double AccumulatorBound(const Channel& channel, double scale, double input_scale) {
  double sum = 0;
  for (float w : channel.weights) sum += std::abs(QuantizeWeight(w, channel, scale));
  return sum * (kQMax - kQMin) + std::abs(std::round(channel.bias / (input_scale * scale)));
}

// max|w| / 127, or / 7 of 4 bits, enlarged
// - for dead or nearly dead channels (all weights 0), to where a product weighs 2^-26 of an output
//   step: below that it has no effect, and TFLite's multiplier would become 0 and lose the bias
//   with it;
// - until no input makes the accumulator, bias included, reach 2^30.
double ChooseWeightScale(const Channel& channel, double input_scale, double output_scale) {
  double largest = 0;
  for (float w : channel.weights) largest = std::max(largest, double{std::abs(w)});
  double scale = std::max(largest / channel.most, output_scale / input_scale * 0x1p-26);
  scale = static_cast<float>(std::max(scale, double{std::numeric_limits<float>::min()}));
  for (double bound = AccumulatorBound(channel, scale, input_scale); bound >= kAccumulatorLimit;
       bound = AccumulatorBound(channel, scale, input_scale)) {
    scale = static_cast<float>(scale * bound / kAccumulatorLimit * 1.001);
  }
  return scale;
}

void StoreWeights(const Operator& op, const FloatParameters& p, double input_scale,
                  const std::vector<Channel>& channels, QuantizedParameters* q) {
  q->weights.reserve(p.weights.size());
  for (size_t i = 0; i < p.weights.size(); ++i) {
    const Channel& channel = channels[WeightChannel(op, i)];
    q->weights.push_back(static_cast<int8_t>(QuantizeWeight(p.weights[i], channel, channel.scale)));
  }
  for (const Channel& channel : channels) {
    q->weight_scales.push_back(static_cast<float>(channel.scale));
    q->bias.push_back(
        static_cast<int32_t>(std::lround(channel.bias / (input_scale * channel.scale))));
  }
}

QuantizedParameters QuantizeWeighted(const Operator& op, const FloatParameters& p,
                                     double input_scale, ValueRange range) {
  const double natural_scale = ChooseQuantization(range, 0).scale;
  std::vector<Channel> channels = SplitChannels(op, p);
  double coarsest = 0;
  for (Channel& channel : channels) {
    channel.scale = ChooseWeightScale(channel, input_scale, natural_scale);
    coarsest = std::max(coarsest, channel.scale);
  }
  QuantizedParameters q;
  // An output step finer than one product step only magnifies noise, and needs multipliers of 1 and
  // more, whose left shift could overflow.
  q.output = ChooseQuantization(range, input_scale * coarsest * (1 + 1e-6));
  StoreWeights(op, p, input_scale, channels, &q);
  return q;
}

TensorQuantization QuantizeSum(const QuantizedNetwork& network, const Operator& op,
                               ValueRange range) {
  const double coarsest =
      std::max(network.tensor(op.inputs[0]).scale, network.tensor(op.inputs[1]).scale);
  // Keeps TFLite's output multiplier, 2 * coarsest / (2^20 * scale), below 1.
  return ChooseQuantization(range, coarsest * 0x1p-18);
}

// Keeps the multiplier below 1.
TensorQuantization QuantizeProduct(const QuantizedNetwork& network, const Operator& op,
                                   ValueRange range) {
  const double product =
      double{network.tensor(op.inputs[0]).scale} * network.tensor(op.inputs[1]).scale;
  return ChooseQuantization(range, product * (1 + 1e-6));
}

// Of operators without weights.
TensorQuantization QuantizeUnweighted(const QuantizedNetwork& network, const Operator& op,
                                      ValueRange range) {
  const TensorQuantization& input = network.tensor(op.inputs[0]);
  switch (op.kind) {
    case OpKind::kAdd:
      return QuantizeSum(network, op, range);
    case OpKind::kMultiply:
      return QuantizeProduct(network, op, range);
    case OpKind::kLogistic:
      return {1.0f / 256, -128};  // TFLite's, whatever the input
    case OpKind::kHardSwish:
      // TFLite's 16-bit arithmetic shifts its output multiplier to the right only.
      return ChooseQuantization(range, double{input.scale} / 128 * (1 + 1e-6));
    case OpKind::kAveragePool:
    case OpKind::kGlobalAveragePool:
      return input;  // TFLite's pools do not rescale
    default:
      MCUNAS_CHECK(false, "no float network has this operator");  // CheckFloatNetwork's law
      return input;
  }
}

Expected<void> CheckRequest(const FloatNetwork& network, const ImageBatch& calibration,
                            const QuantizeOptions& options) {
  if (Expected<void> legal = VerifyNetwork(network.network); !legal) return legal;
  if (Expected<void> legal = CheckFloatNetwork(network); !legal) return legal;
  if (calibration.count < 1) return Error{ErrorCode::kUsage, "there are no calibration images"};
  const int64_t expected = int64_t{calibration.count} * calibration.shape.elements();
  if (!(calibration.shape == network.network.input) ||
      static_cast<int64_t>(calibration.pixels.size()) != expected) {
    return Error{ErrorCode::kUsage,
                 "the calibration images do not have the shape of the network's input"};
  }
  if (!(options.range_percentile >= 0 && options.range_percentile < 0.5)) {
    return Error{ErrorCode::kUsage, "range_percentile is a share of at least 0 and below 0.5"};
  }
  return {};
}

QuantizedNetwork QuantizeWithRanges(const FloatNetwork& folded,
                                    const std::vector<ValueRange>& ranges, RoundingMode rounding) {
  QuantizedNetwork result;
  result.network = folded.network;
  result.rounding_mode = rounding;
  result.input = ChooseQuantization(ranges[0], 0);
  for (size_t i = 0; i < folded.parameters.size(); ++i) {
    const Operator& op = folded.network.operators[i];
    QuantizedParameters q;
    if (OperatorWeights(op) == 0) {
      q.output = QuantizeUnweighted(result, op, ranges[i + 1]);
    } else {
      const double input_scale = result.tensor(op.inputs[0]).scale;
      q = QuantizeWeighted(op, folded.parameters[i], input_scale, ranges[i + 1]);
    }
    q.rounding = OperatorRounding(op.kind, rounding);
    result.parameters.push_back(std::move(q));
  }
  return result;
}

}  // namespace

Expected<QuantizedNetwork> Quantize(const FloatNetwork& network, const ImageBatch& calibration,
                                    const QuantizeOptions& options) {
  if (Expected<void> legal = CheckRequest(network, calibration, options); !legal) {
    return legal.error();
  }
  const FloatNetwork folded = FoldBatchNorm(network);
  // Folding may overflow: a tiny variance under a large gamma.
  if (Expected<void> legal = CheckFloatNetwork(folded); !legal) {
    return legal.error().WithContext("after folding batch norm");
  }
  Expected<std::vector<ValueRange>> ranges =
      CalibrateRanges(folded, calibration, options.range_percentile);
  if (!ranges) return ranges.error();
  return QuantizeWithRanges(folded, *ranges, options.rounding);
}

std::vector<int8_t> QuantizeImages(const ImageBatch& images, const TensorQuantization& input) {
  std::vector<int8_t> result;
  result.reserve(images.pixels.size());
  for (float pixel : images.pixels) {
    const float steps = std::isnan(pixel) ? 0.0f : std::round(pixel / input.scale);
    const float q = std::clamp(steps + static_cast<float>(input.zero_point), -128.0f, 127.0f);
    result.push_back(static_cast<int8_t>(q));
  }
  return result;
}

}  // namespace mcunas
