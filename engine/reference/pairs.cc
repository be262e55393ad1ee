#include "engine/reference/pairs.h"

#include <algorithm>

#include "common/check.h"
#include "engine/arithmetic/requantization.h"
#include "engine/reference/saturate.h"

namespace mcunas {
namespace {

using Bytes8 = std::span<const int8_t>;

std::vector<int8_t> RunAdd(const QuantizedNetwork& network, int index, Bytes8 first,
                           Bytes8 second) {
  const Operator& op = network.network.op(index);
  const QuantizedParameters& p = network.parameters_of(index);
  const AddConstants c = DeriveAddConstants(network, index);
  const int zero_first = network.tensor(op.inputs[0]).zero_point;
  const int zero_second = SecondOperand(network, index).zero_point;
  const Clamp clamp = ActivationClamp(op.activation, p.output);
  const auto scaled = [&](int32_t value, FixedMultiplier m) {
    return MultiplyByQuantizedMultiplier(value, m, p.rounding);
  };
  const int32_t unit = 1 << c.left_shift;
  std::vector<int8_t> output(first.size());
  for (size_t i = 0; i < first.size(); ++i) {
    const int32_t other = second[i % second.size()];
    const int32_t sum = c.first_sign * scaled((first[i] - zero_first) * unit, c.first) +
                        c.second_sign * scaled((other - zero_second) * unit, c.second);
    output[i] = Saturate(scaled(sum, c.output) + p.output.zero_point, clamp);
  }
  return output;
}

std::vector<int8_t> RunMultiply(const QuantizedNetwork& network, int index, Bytes8 first,
                                Bytes8 second) {
  const Operator& op = network.network.op(index);
  const QuantizedParameters& p = network.parameters_of(index);
  const FixedMultiplier m = ProductMultiplier(network, index);
  const int zero_first = network.tensor(op.inputs[0]).zero_point;
  const int zero_second = SecondOperand(network, index).zero_point;
  const Clamp clamp = ActivationClamp(op.activation, p.output);
  std::vector<int8_t> output(first.size());
  for (size_t i = 0; i < first.size(); ++i) {
    const int32_t product = (first[i] - zero_first) * (second[i % second.size()] - zero_second);
    output[i] = Saturate(
        MultiplyByQuantizedMultiplier(product, m, p.rounding) + p.output.zero_point, clamp);
  }
  return output;
}

std::vector<int8_t> RunExtreme(bool largest, Bytes8 first, Bytes8 second) {
  std::vector<int8_t> output(first.size());
  for (size_t i = 0; i < first.size(); ++i) {
    const int8_t other = second[i % second.size()];
    output[i] = largest ? std::max(first[i], other) : std::min(first[i], other);
  }
  return output;
}

// TFLite's PRELU: `second` are the alphas.
std::vector<int8_t> RunPRelu(const QuantizedNetwork& network, int index, Bytes8 first,
                             Bytes8 second) {
  const Operator& op = network.network.op(index);
  const QuantizedParameters& p = network.parameters_of(index);
  const FixedMultiplier positive = RequantizeMultiplier(network, index);
  const FixedMultiplier negative = ProductMultiplier(network, index);
  const int zero_first = network.tensor(op.inputs[0]).zero_point;
  const int zero_second = SecondOperand(network, index).zero_point;
  std::vector<int8_t> output(first.size());
  for (size_t i = 0; i < first.size(); ++i) {
    const int32_t x = first[i] - zero_first, alpha = second[i % second.size()] - zero_second;
    const int32_t scaled = x >= 0 ? MultiplyByQuantizedMultiplier(x, positive, p.rounding)
                                  : MultiplyByQuantizedMultiplier(x * alpha, negative, p.rounding);
    output[i] = Saturate(scaled + p.output.zero_point, {});
  }
  return output;
}

}  // namespace

std::vector<int8_t> RunPair(const QuantizedNetwork& network, int index,
                            std::span<const int8_t> first, std::span<const int8_t> second) {
  switch (network.network.op(index).kind) {
    case OpKind::kAdd:
    case OpKind::kAddConstant:
    case OpKind::kSubtract:
    case OpKind::kSubtractConstant:
      return RunAdd(network, index, first, second);
    case OpKind::kMultiply:
    case OpKind::kMultiplyConstant:
      return RunMultiply(network, index, first, second);
    case OpKind::kMaximum:
    case OpKind::kMaximumConstant:
      return RunExtreme(true, first, second);
    case OpKind::kMinimum:
    case OpKind::kMinimumConstant:
      return RunExtreme(false, first, second);
    case OpKind::kPRelu:
      return RunPRelu(network, index, first, second);
    default:
      MCUNAS_CHECK(false, "no operator on two values");
  }
}

}  // namespace mcunas
