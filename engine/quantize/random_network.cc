#include "engine/quantize/random_network.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <span>

#include "common/check.h"
#include "common/index.h"
#include "common/random.h"
#include "engine/arithmetic/requantization.h"
#include "engine/reference/interpreter.h"
#include "engine/reference/weighted_sums.h"
#include "network/hash_network.h"
#include "network/operator_counts.h"
#include "network/verify.h"

namespace mcunas {
namespace {

constexpr double kLargestTrained = 0.45;  // multiplier; from 0.5 on there is no right shift
constexpr int kFewPositions = 16;  // below: no statistics per channel, all channels are pooled

struct Moments {
  double mean = 0;
  double deviation = 0;
};

// Of values[first], values[first + step], ...
Moments MomentsOf(const std::vector<int32_t>& values, size_t first, size_t step) {
  double sum = 0, squares = 0;
  int64_t count = 0;
  for (size_t i = first; i < values.size(); i += step) {
    sum += values[i];
    squares += static_cast<double>(values[i]) * values[i];
    ++count;
  }
  const double mean = sum / count;
  return {mean, std::sqrt(std::max(0.0, squares / count - mean * mean))};
}

// What TFLite prescribes for outputs in [0, 1) and in [-1, 1).
std::optional<TensorQuantization> Prescribed(OpKind kind) {
  if (kind == OpKind::kSoftmax || kind == OpKind::kLogistic)
    return TensorQuantization{1.0f / 256, -128};
  if (kind == OpKind::kTanh) return TensorQuantization{1.0f / 128, 0};
  return std::nullopt;
}

// Sets of tensors that share a quantisation: the number of each tensor's set.
PerTensor<size_t> TensorGroups(const Network& network) {
  PerTensor<size_t> group(network.operator_count());
  std::iota(group.begin(), group.end(), size_t{0});
  for (int i = 0; i < network.operator_count(); ++i) {
    if (!CopiesBytes(network.op(i).kind)) continue;
    for (int tensor : network.op(i).inputs) {
      const size_t from = group[tensor], to = group[i];
      std::replace(group.begin(), group.end(), std::max(from, to), std::min(from, to));
    }
  }
  return group;
}

class Generator {
 public:
  Generator(const Network& network, uint64_t seed, RoundingMode rounding, RandomParameters kind)
      : kind_(kind),
        random_(seed, "random-network", NetworkHash(network).Hex()),
        group_(TensorGroups(network)),
        group_quantization_(network.operators.size() + 1) {
    for (int i = 0; i < network.operator_count(); ++i)
      if (const auto output = Prescribed(network.op(i).kind)) Agreed(i) = output;
    result_.network = network;
    result_.rounding_mode = rounding;
    result_.parameters.resize(network.operators.size());
  }

  QuantizedNetwork Run() {
    const TensorQuantization input = {Scale(0.004, 0.05), ZeroPoint(-128, 127)};
    result_.input = Agree(kNetworkInput, input);
    std::vector<int8_t> bytes(Index(result_.network.input.elements()));
    for (int8_t& q : bytes) q = static_cast<int8_t>(random_.Between(-128, 127));
    values_.push_back(std::move(bytes));
    for (int i = 0; i < result_.network.operator_count(); ++i) {
      Fill(i);
      std::vector<std::span<const int8_t>> operands;
      for (int tensor : Op(i).inputs) operands.push_back(values_[tensor]);
      values_.push_back(RunReferenceOperator(result_, i, operands));
    }
    return std::move(result_);
  }

 private:
  const Operator& Op(int index) const { return result_.network.op(index); }
  float Scale(double low, double high) {
    return static_cast<float>(low * std::pow(high / low, random_.Unit()));
  }
  int ZeroPoint(int low, int high) { return static_cast<int>(random_.Between(low, high)); }

  void Fill(int index) {
    const Operator& op = Op(index);
    QuantizedParameters& p = result_.parameters_of(index);
    p.rounding = OperatorRounding(op.kind, result_.rounding_mode);
    if (HasWeights(op.kind)) {
      p.output = Agree(index, OutputOf(op.activation));
      FillWeights(index);
      FillScales(index);
    } else if (OperatorWeights(op) > 0) {
      FillConstants(index);
      if (CopiesBytes(op.kind)) return FillRest(index);
      FillPairwise(index);
    } else if (IsPairwise(op.kind) && !CopiesBytes(op.kind)) {
      FillPairwise(index);
    } else {
      FillRest(index);
    }
  }

  void FillRest(int index) {
    const Operator& op = Op(index);
    QuantizedParameters& p = result_.parameters_of(index);
    const TensorQuantization input = result_.tensor(op.inputs[0]);
    const bool rescales = op.kind == OpKind::kHardSwish || op.kind == OpKind::kLeakyRelu ||
                          op.kind == OpKind::kRequantize;
    if (op.kind == OpKind::kLeakyRelu) p.alpha = Scale(0.01, 0.6);
    if (rescales) {
      p.output = Agree(index, {input.scale * Scale(0.4, 2.5), ZeroPoint(-128, 100)});
    } else {
      p.output = Prescribed(op.kind).value_or(input);
    }
  }

  std::optional<TensorQuantization>& Agreed(int tensor) {
    return group_quantization_[group_[tensor]];
  }
  // What the tensor's set has agreed on: the first proposal.
  TensorQuantization Agree(int tensor, const TensorQuantization& proposal) {
    if (!Agreed(tensor)) Agreed(tensor) = proposal;
    return *Agreed(tensor);
  }

  void FillConstants(int index) {
    const Operator& op = Op(index);
    QuantizedParameters& p = result_.parameters_of(index);
    p.constant = CopiesBytes(op.kind)
                     ? result_.tensor(op.inputs[0])
                     : TensorQuantization{Scale(0.002, 0.05), ZeroPoint(-100, 100)};
    p.weights.resize(static_cast<size_t>(op.constants));
    for (int8_t& w : p.weights) w = static_cast<int8_t>(random_.Between(-128, 127));
  }

  // Ranges as training gives them: [0, max] after ReLU, [0, 6] or a part of it after ReLU6.
  TensorQuantization OutputOf(Activation activation) {
    if (kind_ == RandomParameters::kTrained) {
      if (activation == Activation::kRelu6) return {6.0f / 255, -128};
      if (activation == Activation::kRelu) return {Scale(0.005, 0.2), -128};
    }
    if (activation == Activation::kRelu6) return {Scale(0.015, 0.06), ZeroPoint(-128, -110)};
    if (activation == Activation::kRelu) return {Scale(0.005, 0.2), ZeroPoint(-128, -100)};
    return {Scale(0.005, 0.2), ZeroPoint(-60, 60)};
  }

  void FillWeights(int index) {
    const Operator& op = Op(index);
    QuantizedParameters& p = result_.parameters_of(index);
    p.weights.resize(static_cast<size_t>(OperatorWeights(op)));
    const int low = op.weight_bits == 4 ? -8 : -127, high = op.weight_bits == 4 ? 7 : 127;
    for (int8_t& w : p.weights) w = static_cast<int8_t>(random_.Between(low, high));
    const size_t channels = static_cast<size_t>(op.out.channels);
    p.bias.assign(channels, 0);
    p.weight_scales.assign(channels, 1.0f);
    odd_channel_.assign(channels, false);
    if (kind_ == RandomParameters::kTrained) return;
    for (size_t c = 0; c < channels; ++c) {
      if (channels < 4 || !random_.Chance(1.0 / 16)) continue;
      odd_channel_[c] = true;
      ThinOut(op, c, &p.weights);
    }
  }

  // A dead channel, or one with a single small weight: the cases with multipliers around and
  // above 1.
  void ThinOut(const Operator& op, size_t channel, std::vector<int8_t>* weights) {
    const size_t channels = static_cast<size_t>(op.out.channels);
    const size_t per_channel = weights->size() / channels;
    const size_t first = op.kind == OpKind::kDepthwise ? channel : channel * per_channel;
    const size_t step = op.kind == OpKind::kDepthwise ? channels : 1;
    for (size_t i = 0; i < per_channel; ++i) (*weights)[first + i * step] = 0;
    if (random_.Chance(0.5)) {
      (*weights)[first + random_.Below(per_channel) * step] =
          static_cast<int8_t>(random_.Chance(0.5) ? 1 : -1);
    }
  }

  // Bias centres what the input produces; the weight scale spreads it over the int8 range.
  void FillScales(int index) {
    const Operator& op = Op(index);
    QuantizedParameters& p = result_.parameters_of(index);
    const std::vector<int32_t> sums =
        RunReferenceAccumulators(result_, index, values_[op.inputs[0]]);
    const size_t channels = static_cast<size_t>(op.out.channels);
    const bool few = sums.size() / channels < kFewPositions;
    const Moments pooled = MomentsOf(sums, 0, 1);
    const double input_scale = result_.tensor(op.inputs[0]).scale;
    for (size_t c = 0; c < channels; ++c) {
      double multiplier = 0.5 + 2.5 * random_.Unit();
      if (odd_channel_[c]) {
        p.bias[c] = static_cast<int32_t>(random_.Between(-20, 20));
      } else {
        const Moments m = few ? Moments{0, pooled.deviation + 1} : MomentsOf(sums, c, channels);
        const double deviation = std::max(m.deviation, 0.05 * (pooled.deviation + 1));
        multiplier = (20 + 40 * random_.Unit()) / deviation;
        p.bias[c] = static_cast<int32_t>(std::lround(deviation * random_.Normal() / 2 - m.mean));
      }
      if (kind_ == RandomParameters::kTrained) multiplier = std::min(multiplier, kLargestTrained);
      p.weight_scales[c] = static_cast<float>(multiplier * p.output.scale / input_scale);
    }
  }

  // Output range of a sum or product, from the values at hand.
  void FillPairwise(int index) {
    const Operator& op = Op(index);
    QuantizedParameters& p = result_.parameters_of(index);
    const TensorQuantization a = result_.tensor(op.inputs[0]), b = SecondOperand(result_, index);
    const std::span<const int8_t> x = values_[op.inputs[0]];
    const std::span<const int8_t> y = op.inputs.size() > 1 ? values_[op.inputs[1]] : p.weights;
    const bool product = op.kind == OpKind::kMultiply || op.kind == OpKind::kMultiplyConstant;
    const bool rectifier = op.kind == OpKind::kPRelu;
    const bool difference = op.kind == OpKind::kSubtract || op.kind == OpKind::kSubtractConstant;
    // In thousandths of a step, to reuse the integer statistics.
    const double step = product ? double{a.scale} * b.scale : double{a.scale};
    const double unit = step / 1000.0;
    std::vector<int32_t> results(x.size());
    for (size_t i = 0; i < x.size(); ++i) {
      const float first = a.scale * (x[i] - a.zero_point);
      const float second = b.scale * (y[i % y.size()] - b.zero_point);
      const double real = product      ? double{first} * second
                          : rectifier  ? (first < 0 ? double{first} * second : double{first})
                          : difference ? (op.reversed ? second - first : first - second)
                                       : first + second;
      results[i] = static_cast<int32_t>(std::lround(std::clamp(real / unit, -1e9, 1e9)));
    }
    const Moments m = MomentsOf(results, 0, 1);
    const double deviation = std::max(m.deviation * unit, 2.0 * step);
    p.output.scale = static_cast<float>(deviation / (25 + 35 * random_.Unit()));
    const double centre = random_.Between(-30, 30) - m.mean * unit / p.output.scale;
    p.output.zero_point = static_cast<int>(std::lround(std::clamp(centre, -128.0, 127.0)));
    p.output = Agree(index, p.output);
  }

  RandomParameters kind_;
  RandomStream random_;
  PerTensor<size_t> group_;
  std::vector<std::optional<TensorQuantization>> group_quantization_;  // by set, once agreed
  QuantizedNetwork result_;
  PerTensor<std::vector<int8_t>> values_;  // as far as they are computed
  std::vector<bool> odd_channel_;          // of the operator being filled
};

}  // namespace

QuantizedNetwork RandomQuantizedNetwork(const Network& network, uint64_t seed,
                                        RoundingMode rounding, RandomParameters kind) {
  MCUNAS_CHECK(VerifyNetwork(network).ok(), "the network breaks a law");
  return Generator(network, seed, rounding, kind).Run();
}

}  // namespace mcunas
