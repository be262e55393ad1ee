#include "engine/reference/pairs.h"

#include <algorithm>

#include "common/check.h"
#include "engine/arithmetic/requantization.h"
#include "engine/reference/saturate.h"

namespace mcunas {
namespace {

struct Pair {
  const QuantizedNetwork& network;
  int index;  // of the operator
  std::span<const int8_t> first, second;

  const QuantizedParameters& parameters() const { return network.parameters_of(index); }
  int32_t Scaled(int32_t value, FixedMultiplier m) const {
    return MultiplyByQuantizedMultiplier(value, m, parameters().rounding);
  }
};

// The output byte of every byte of `first` and the one that `second` holds against it.
template <typename Function>
std::vector<int8_t> RunBytes(const Pair& pair, Function output_byte) {
  std::vector<int8_t> output(pair.first.size());
  for (size_t i = 0; i < output.size(); ++i)
    output[i] = output_byte(pair.first[i], pair.second[i % pair.second.size()]);
  return output;
}

// `steps` of the output's scale, from both values less their zero points.
template <typename Function>
std::vector<int8_t> RunSteps(const Pair& pair, Function steps) {
  const Operator& op = pair.network.network.op(pair.index);
  const TensorQuantization& quantization = pair.parameters().output;
  const int zero_first = pair.network.tensor(op.inputs[0]).zero_point;
  const int zero_second = SecondOperand(pair.network, pair.index).zero_point;
  const Clamp clamp = ActivationClamp(op.activation, quantization);
  return RunBytes(pair, [&](int32_t first, int32_t second) {
    return Saturate(steps(first - zero_first, second - zero_second) + quantization.zero_point,
                    clamp);
  });
}

std::vector<int8_t> RunAdd(const Pair& pair) {
  const AddConstants c = DeriveAddConstants(pair.network, pair.index);
  const int32_t unit = 1 << c.left_shift;
  return RunSteps(pair, [&](int32_t first, int32_t second) {
    const int32_t sum = c.first_sign * pair.Scaled(first * unit, c.first) +
                        c.second_sign * pair.Scaled(second * unit, c.second);
    return pair.Scaled(sum, c.output);
  });
}

std::vector<int8_t> RunMultiply(const Pair& pair) {
  const FixedMultiplier m = ProductMultiplier(pair.network, pair.index);
  return RunSteps(pair,
                  [&](int32_t first, int32_t second) { return pair.Scaled(first * second, m); });
}

std::vector<int8_t> RunExtreme(bool largest, const Pair& pair) {
  return RunBytes(pair, [largest](int8_t first, int8_t second) {
    return largest ? std::max(first, second) : std::min(first, second);
  });
}

// TFLite's PRELU: `second` are the alphas.
std::vector<int8_t> RunPRelu(const Pair& pair) {
  const FixedMultiplier positive = RequantizeMultiplier(pair.network, pair.index);
  const FixedMultiplier negative = ProductMultiplier(pair.network, pair.index);
  return RunSteps(pair, [&](int32_t x, int32_t alpha) {
    return x >= 0 ? pair.Scaled(x, positive) : pair.Scaled(x * alpha, negative);
  });
}

}  // namespace

std::vector<int8_t> RunPair(const QuantizedNetwork& network, int index,
                            std::span<const int8_t> first, std::span<const int8_t> second) {
  const Pair pair = {network, index, first, second};
  switch (network.network.op(index).kind) {
    case OpKind::kAdd:
    case OpKind::kAddConstant:
    case OpKind::kSubtract:
    case OpKind::kSubtractConstant:
      return RunAdd(pair);
    case OpKind::kMultiply:
    case OpKind::kMultiplyConstant:
      return RunMultiply(pair);
    case OpKind::kMaximum:
    case OpKind::kMaximumConstant:
      return RunExtreme(true, pair);
    case OpKind::kMinimum:
    case OpKind::kMinimumConstant:
      return RunExtreme(false, pair);
    case OpKind::kPRelu:
      return RunPRelu(pair);
    default:
      MCUNAS_CHECK(false, "no operator on two values");
  }
}

}  // namespace mcunas
