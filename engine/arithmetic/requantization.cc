#include "engine/arithmetic/requantization.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "common/check.h"
#include "engine/arithmetic/fixed_point.h"

namespace mcunas {
namespace {

constexpr int32_t kInt32Min = std::numeric_limits<int32_t>::min();
constexpr int32_t kInt32Max = std::numeric_limits<int32_t>::max();

int32_t MultiplyDouble(int32_t value, FixedMultiplier m) {
  const int left = std::max(m.shift, 0);
  const int right = std::max(-m.shift, 0);
  // TFLite shifts in 32 bits; networks whose accumulator overflows here are not quantised by us.
  const auto shifted = static_cast<int32_t>(static_cast<uint32_t>(value) << left);
  return RoundingDivideByPowerOfTwo(SaturatingRoundingDoublingHighMul(shifted, m.multiplier),
                                    right);
}

int32_t MultiplySingle(int32_t value, FixedMultiplier m) {
  // TFLite's single-rounding build clips larger shifts in QuantizeMultiplier.
  if (m.shift > 30) m = {kInt32Max, 30};
  const int shift = 31 - m.shift;
  const int64_t rounded = (int64_t{value} * m.multiplier + (int64_t{1} << (shift - 1))) >> shift;
  return static_cast<int32_t>(std::clamp<int64_t>(rounded, kInt32Min, kInt32Max));
}

constexpr int kSoftmaxIntegerBits = 5;
constexpr int kLogisticIntegerBits = 4;

// The upper 15 bits, rounded; the largest ones do not round up.
HardSwishFactor Narrow(FixedMultiplier m) {
  constexpr int32_t kHalf = 1 << 15;
  const bool largest = m.multiplier >= kInt32Max - kHalf;
  const int32_t narrow = largest ? (1 << 15) - 1 : (m.multiplier + kHalf) >> 16;
  return {static_cast<int16_t>(narrow), m.shift};
}

// Largest |input| that still fits `integer_bits` after `left_shift`.
int32_t InputRadius(int integer_bits, int left_shift) {
  const double largest = std::ldexp((1 << integer_bits) - 1.0, 31 - integer_bits - left_shift);
  return static_cast<int32_t>(std::floor(largest));
}

}  // namespace

Rounding OperatorRounding(OpKind kind, RoundingMode mode) {
  const bool single = mode == RoundingMode::kTflite && kind == OpKind::kFullyConnected;
  return single ? Rounding::kSingle : Rounding::kDouble;
}

FixedMultiplier QuantizeMultiplier(double real) {
  MCUNAS_CHECK(std::isfinite(real) && real >= 0, "multipliers are finite and not negative");
  if (real == 0) return {};
  FixedMultiplier result;
  const double fraction = std::frexp(real, &result.shift);
  auto fixed = static_cast<int64_t>(std::round(fraction * static_cast<double>(int64_t{1} << 31)));
  if (fixed == (int64_t{1} << 31)) {
    fixed /= 2;
    ++result.shift;
  }
  if (result.shift < -31) return {};
  MCUNAS_CHECK(result.shift <= 31, "multiplier of 2^31 or more");
  result.multiplier = static_cast<int32_t>(fixed);
  return result;
}

int32_t MultiplyByQuantizedMultiplier(int32_t value, FixedMultiplier multiplier,
                                      Rounding rounding) {
  return rounding == Rounding::kDouble ? MultiplyDouble(value, multiplier)
                                       : MultiplySingle(value, multiplier);
}

std::vector<FixedMultiplier> OutputMultipliers(const QuantizedNetwork& network, int op) {
  const Operator& weighted = network.network.op(op);
  const QuantizedParameters& p = network.parameters_of(op);
  const float input_scale = network.tensor(weighted.inputs[0]).scale;
  const double output_scale = p.output.scale;
  if (p.weight_scales.size() == 1 && weighted.kind == OpKind::kFullyConnected) {
    // With one scale for all channels TFLite multiplies in float.
    const float product = input_scale * p.weight_scales[0];
    return {static_cast<size_t>(weighted.out.channels),
            QuantizeMultiplier(double{product} / output_scale)};
  }
  std::vector<FixedMultiplier> result;
  result.reserve(p.weight_scales.size());
  for (float weight_scale : p.weight_scales) {
    // The order of operations is TFLite's: it decides the last bit of the multiplier.
    result.push_back(QuantizeMultiplier(double{input_scale} * double{weight_scale} / output_scale));
  }
  return result;
}

TensorQuantization SecondOperand(const QuantizedNetwork& network, int op) {
  const Operator& sum = network.network.op(op);
  if (sum.inputs.size() > 1) return network.tensor(sum.inputs[1]);
  return network.parameters_of(op).constant;
}

AddConstants DeriveAddConstants(const QuantizedNetwork& network, int op) {
  const Operator& add = network.network.op(op);
  const bool sum = add.kind == OpKind::kAdd || add.kind == OpKind::kAddConstant;
  const bool difference = add.kind == OpKind::kSubtract || add.kind == OpKind::kSubtractConstant;
  MCUNAS_CHECK(sum || difference, "operator is neither a sum nor a difference");
  const double first = network.tensor(add.inputs[0]).scale;
  const double second = SecondOperand(network, op).scale;
  const double output = network.parameters_of(op).output.scale;
  const double twice_max = 2 * std::max(first, second);
  AddConstants result;
  result.first = QuantizeMultiplier(first / twice_max);
  result.second = QuantizeMultiplier(second / twice_max);
  result.output = QuantizeMultiplier(twice_max / ((1 << result.left_shift) * output));
  if (difference) (add.reversed ? result.first_sign : result.second_sign) = -1;
  return result;
}

FixedMultiplier ProductMultiplier(const QuantizedNetwork& network, int op) {
  const float first = network.tensor(network.network.op(op).inputs[0]).scale;
  const float second = SecondOperand(network, op).scale;
  const float output = network.parameters_of(op).output.scale;
  // TFLite divides in float, TFLite Micro in double: they differ in the last bits.
  if (network.rounding_mode == RoundingMode::kTflite)
    return QuantizeMultiplier(double{first * second / output});
  return QuantizeMultiplier(double{first} * double{second} / double{output});
}

FixedMultiplier MeanMultiplier(const QuantizedNetwork& network, int op) {
  const Operator& mean = network.network.op(op);
  const double input = network.tensor(mean.inputs[0]).scale;
  FixedMultiplier result = QuantizeMultiplier(input / network.parameters_of(op).output.scale);
  const int64_t count = mean.kind == OpKind::kGlobalAveragePool
                            ? int64_t{mean.in.height} * mean.in.width
                            : int64_t{mean.kernel.height} * mean.kernel.width;
  int shift = 63 - std::countl_zero(static_cast<uint64_t>(count));
  shift = std::min({shift, 32, 31 + result.shift});
  result.multiplier =
      static_cast<int32_t>((static_cast<int64_t>(result.multiplier) << shift) / count);
  result.shift -= shift;
  return result;
}

SoftmaxConstants DeriveSoftmaxConstants(const QuantizedNetwork& network, int op) {
  const double scale = network.tensor(network.network.op(op).inputs[0]).scale;
  const double real =
      double{network.parameters_of(op).beta} * scale * double{1 << (31 - kSoftmaxIntegerBits)};
  SoftmaxConstants result;
  result.input = QuantizeMultiplier(std::min(real, double{kInt32Max}));
  MCUNAS_CHECK(result.input.shift >= 0, "a softmax whose input is finer than 2^-26");
  result.smallest = -InputRadius(kSoftmaxIntegerBits, result.input.shift);
  return result;
}

LogisticConstants DeriveLogisticConstants(const QuantizedNetwork& network, int op) {
  const double scale = network.tensor(network.network.op(op).inputs[0]).scale;
  LogisticConstants result;
  result.input = QuantizeMultiplier(scale * double{1 << (31 - kLogisticIntegerBits)});
  MCUNAS_CHECK(result.input.shift >= 0, "a function whose input is finer than 2^-27");
  result.radius = InputRadius(kLogisticIntegerBits, result.input.shift);
  return result;
}

HardSwishConstants DeriveHardSwishConstants(float input_scale, float output_scale) {
  const float fine = (1.0f / 128.0f) * input_scale;  // all in float, as TFLite
  return {Narrow(QuantizeMultiplier(double{fine / output_scale})),
          Narrow(QuantizeMultiplier(double{fine / (3.0f / 32768.0f)}))};
}

LeakyReluConstants DeriveLeakyReluConstants(const QuantizedNetwork& network, int op) {
  const QuantizedParameters& p = network.parameters_of(op);
  const float input = network.tensor(network.network.op(op).inputs[0]).scale;
  // In float, as both runtimes.
  return {QuantizeMultiplier(double{input / p.output.scale}),
          QuantizeMultiplier(double{input * p.alpha / p.output.scale})};
}

FixedMultiplier RequantizeMultiplier(const QuantizedNetwork& network, int op) {
  const Operator& requantize = network.network.op(op);
  const float input = network.tensor(requantize.inputs[0]).scale;
  const float output = network.parameters_of(op).output.scale;
  // TFLite divides in float where there is an activation or a PRELU, everybody else in double.
  const bool rectifies =
      requantize.activation != Activation::kNone || requantize.kind == OpKind::kPRelu;
  const bool in_float = rectifies && network.rounding_mode == RoundingMode::kTflite;
  return QuantizeMultiplier(in_float ? double{input / output} : double{input} / double{output});
}

Clamp ActivationClamp(Activation activation, const TensorQuantization& output) {
  const auto quantize = [&](float real) {
    // Float division as in TFLite; far outside int8 the exact value does not matter.
    const float steps = std::clamp(std::round(real / output.scale), -1e6f, 1e6f);
    return output.zero_point + static_cast<int32_t>(steps);
  };
  Clamp clamp;
  switch (activation) {
    case Activation::kNone:
      break;
    case Activation::kRelu6:
      clamp.high = std::min(clamp.high, quantize(6.0f));
      [[fallthrough]];
    case Activation::kRelu:
      clamp.low = std::max(clamp.low, quantize(0.0f));
      break;
    case Activation::kReluN1To1:
      clamp.low = std::max(clamp.low, quantize(-1.0f));
      clamp.high = std::min(clamp.high, quantize(1.0f));
      break;
  }
  return clamp;
}

}  // namespace mcunas
