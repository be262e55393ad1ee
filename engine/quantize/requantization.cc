#include "engine/quantize/requantization.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "common/check.h"

namespace mcunas {
namespace {

constexpr int32_t kInt32Min = std::numeric_limits<int32_t>::min();
constexpr int32_t kInt32Max = std::numeric_limits<int32_t>::max();

// round(2 * a * b / 2^32), half towards positive infinity; the one product that overflows
// saturates.
int32_t SaturatingRoundingDoublingHighMul(int32_t a, int32_t b) {
  if (a == kInt32Min && b == kInt32Min) return kInt32Max;
  const int64_t product = int64_t{a} * b;
  const int64_t nudge = product >= 0 ? (int64_t{1} << 30) : 1 - (int64_t{1} << 30);
  return static_cast<int32_t>((product + nudge) / (int64_t{1} << 31));
}

// round(value / 2^exponent), half away from zero; exponent in [0, 31].
int32_t RoundingDivideByPowerOfTwo(int32_t value, int exponent) {
  const int64_t mask = (int64_t{1} << exponent) - 1;
  const int64_t remainder = value & mask;
  const int64_t threshold = (mask >> 1) + (value < 0 ? 1 : 0);
  return (value >> exponent) + (remainder > threshold ? 1 : 0);
}

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

}  // namespace

const char* RoundingModeName(RoundingMode mode) {
  return mode == RoundingMode::kTflm ? "tflm" : "tflite";
}

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
  const size_t index = static_cast<size_t>(op);
  const QuantizedParameters& p = network.parameters[index];
  const double input_scale = network.tensor(network.network.operators[index].inputs[0]).scale;
  const double output_scale = p.output.scale;
  std::vector<FixedMultiplier> result;
  result.reserve(p.weight_scales.size());
  for (float weight_scale : p.weight_scales) {
    // The order of operations is TFLite's: it decides the last bit of the multiplier.
    result.push_back(QuantizeMultiplier(input_scale * double{weight_scale} / output_scale));
  }
  return result;
}

AddConstants DeriveAddConstants(const QuantizedNetwork& network, int op) {
  const size_t index = static_cast<size_t>(op);
  const Operator& add = network.network.operators[index];
  MCUNAS_CHECK(add.kind == OpKind::kAdd, "operator is not an add");
  const double first = network.tensor(add.inputs[0]).scale;
  const double second = network.tensor(add.inputs[1]).scale;
  const double output = network.parameters[index].output.scale;
  const double twice_max = 2 * std::max(first, second);
  AddConstants result;
  result.first = QuantizeMultiplier(first / twice_max);
  result.second = QuantizeMultiplier(second / twice_max);
  result.output = QuantizeMultiplier(twice_max / ((1 << result.left_shift) * output));
  return result;
}

Clamp ActivationClamp(Activation activation, const TensorQuantization& output) {
  const auto quantize = [&](float real) {
    // Float division as in TFLite; far outside int8 the exact value does not matter.
    const float steps = std::clamp(std::round(real / output.scale), -1e6f, 1e6f);
    return output.zero_point + static_cast<int32_t>(steps);
  };
  Clamp clamp;
  if (activation != Activation::kNone) clamp.low = std::max(clamp.low, quantize(0.0f));
  if (activation == Activation::kRelu6) clamp.high = std::min(clamp.high, quantize(6.0f));
  return clamp;
}

}  // namespace mcunas
