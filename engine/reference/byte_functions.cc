#include "engine/reference/byte_functions.h"

#include <algorithm>
#include <cmath>

#include "common/check.h"
#include "common/index.h"
#include "engine/arithmetic/fixed_point.h"
#include "engine/arithmetic/requantization.h"

namespace mcunas {
namespace {

// function(x - zero_point), saturated, of every byte x.
template <typename Function>
ByteFunction Tabulate(int zero_point, Function function) {
  ByteFunction table{};
  for (int x = -128; x < 128; ++x) {
    const int32_t value = function(x - zero_point);
    table[Index(x + 128)] = static_cast<int8_t>(std::clamp(value, -128, 127));
  }
  return table;
}

// TFLite's tables: every step in float.
template <typename Function>
ByteFunction TabulateReal(const TensorQuantization& in, const TensorQuantization& out,
                          Function function) {
  const float steps = 1 / out.scale;
  return Tabulate(in.zero_point, [&](int32_t x) {
    const float rounded = std::round(function(in.scale * static_cast<float>(x)) * steps);
    return static_cast<int32_t>(rounded + static_cast<float>(out.zero_point));
  });
}

// TFLite Micro's, which knows no other output than all of [0, 1) or [-1, 1): `function` takes Q4.27
// and gives Q0.31, of which `bits` bits are kept.
template <typename Function>
ByteFunction TabulateFixed(const QuantizedNetwork& network, int index, int bits, int zero_point,
                           Function function) {
  const LogisticConstants c = DeriveLogisticConstants(network, index);
  const Operator& op = network.network.op(index);
  return Tabulate(network.tensor(op.inputs[0]).zero_point, [&](int32_t x) {
    if (x <= -c.radius) return -128;
    if (x >= c.radius) return 127;
    const int32_t fixed = MultiplyByQuantizedMultiplier(x, c.input, Rounding::kDouble);
    return RoundingDivideByPowerOfTwo(function(fixed), 31 - bits) + zero_point;
  });
}

ByteFunction Logistic(const QuantizedNetwork& network, int index, const TensorQuantization& in) {
  if (network.rounding_mode == RoundingMode::kTflm)
    return TabulateFixed(network, index, 8, -128, LogisticOf);
  return TabulateReal(in, network.tensor(index),
                      [](float x) { return 1.0f / (1.0f + std::exp(-x)); });
}

ByteFunction Tanh(const QuantizedNetwork& network, int index, const TensorQuantization& in) {
  if (network.rounding_mode == RoundingMode::kTflm)
    return TabulateFixed(network, index, 7, 0, TanhOf);
  return TabulateReal(in, network.tensor(index), [](float x) { return std::tanh(x); });
}

// x / 3 from -1 to 1, Q0.15, of 128 (x - zero point).
int16_t ThirdOf(int16_t fine, HardSwishFactor relu) {
  int16_t value = fine;
  // The last doubling comes behind the product, so that saturating before it does no harm.
  if (relu.exponent > 0) value = SaturatingShiftLeft16(value, relu.exponent - 1);
  value = SaturatingRoundingDoublingHighMul16(value, relu.multiplier);
  if (relu.exponent > 0) return SaturatingShiftLeft16(value, 1);
  return static_cast<int16_t>(RoundingDivideByPowerOfTwo(value, -relu.exponent));
}

// x times min(max(x + 3, 0), 6) / 6, all in 16 bits.
ByteFunction HardSwish(const TensorQuantization& in, const TensorQuantization& out) {
  const HardSwishConstants c = DeriveHardSwishConstants(in.scale, out.scale);
  // TFLite refuses left shifts, and so does the reader.
  const int right = std::max(-c.output.exponent, 0);
  return Tabulate(in.zero_point, [&](int32_t x) {
    const auto fine = static_cast<int16_t>(x * 128);
    const int16_t scaled = SaturatingRoundingDoublingHighMul16(fine, c.output.multiplier);
    const auto gate = static_cast<int16_t>((ThirdOf(fine, c.relu) + (1 << 15)) >> 1);
    const int16_t product = SaturatingDoublingHighMul16(gate, scaled);
    const int32_t shifted = RoundingDivideByPowerOfTwo(product, right);
    return static_cast<int32_t>(static_cast<int16_t>(shifted + out.zero_point));  // wraps
  });
}

ByteFunction LeakyRelu(const QuantizedNetwork& network, int index, const TensorQuantization& in) {
  const LeakyReluConstants c = DeriveLeakyReluConstants(network, index);
  return Tabulate(in.zero_point, [&](int32_t x) {
    const FixedMultiplier m = x < 0 ? c.negative : c.positive;
    return MultiplyByQuantizedMultiplier(x, m, Rounding::kDouble) +
           network.tensor(index).zero_point;
  });
}

ByteFunction Requantize(const QuantizedNetwork& network, int index, const TensorQuantization& in) {
  const TensorQuantization& out = network.tensor(index);
  const FixedMultiplier m = RequantizeMultiplier(network, index);
  const Clamp clamp = ActivationClamp(network.network.op(index).activation, out);
  return Tabulate(in.zero_point, [&](int32_t x) {
    const int32_t scaled = MultiplyByQuantizedMultiplier(x, m, Rounding::kDouble);
    return std::clamp(scaled + out.zero_point, clamp.low, clamp.high);
  });
}

}  // namespace

ByteFunction FunctionOfByte(const QuantizedNetwork& network, int index) {
  const Operator& op = network.network.op(index);
  const TensorQuantization& in = network.tensor(op.inputs[0]);
  switch (op.kind) {
    case OpKind::kLogistic:
      return Logistic(network, index, in);
    case OpKind::kTanh:
      return Tanh(network, index, in);
    case OpKind::kHardSwish:
      return HardSwish(in, network.tensor(index));
    case OpKind::kLeakyRelu:
      return LeakyRelu(network, index, in);
    case OpKind::kRequantize:
      return Requantize(network, index, in);
    default:
      MCUNAS_CHECK(false, "no function of one byte");
  }
}

}  // namespace mcunas
