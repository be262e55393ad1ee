#include "engine/reference/interpreter.h"

#include <algorithm>
#include <cmath>

#include "common/check.h"
#include "engine/arithmetic/fixed_point.h"
#include "engine/arithmetic/requantization.h"
#include "engine/reference/byte_functions.h"
#include "engine/reference/move_bytes.h"

namespace mcunas {
namespace {

using Bytes8 = std::span<const int8_t>;

// Input rows or columns under the taps of one output position; those outside the map are padding.
class Taps {
 public:
  static Taps Rows(const Operator& op, int y) {
    return {y * op.stride.height - op.padding.top, op.dilation.height, op.kernel.height,
            op.in.height};
  }
  static Taps Columns(const Operator& op, int x) {
    return {x * op.stride.width - op.padding.left, op.dilation.width, op.kernel.width, op.in.width};
  }
  int count() const { return count_; }
  int position(int tap) const { return origin_ + tap * dilation_; }
  bool inside(int tap) const { return position(tap) >= 0 && position(tap) < size_; }

 private:
  Taps(int origin, int dilation, int count, int size)
      : origin_(origin), dilation_(dilation), count_(count), size_(size) {}
  int origin_, dilation_, count_, size_;
};

// Calls visit(offset of the input pixel, index of the tap) for every tap of output pixel (y, x)
// that lies on the map.
template <typename Visit>
void ForEachTap(const Operator& op, int y, int x, Visit visit) {
  const Taps rows = Taps::Rows(op, y), columns = Taps::Columns(op, x);
  for (int ky = 0; ky < rows.count(); ++ky) {
    if (!rows.inside(ky)) continue;
    for (int kx = 0; kx < columns.count(); ++kx) {
      if (!columns.inside(kx)) continue;
      const size_t pixel = size_t(rows.position(ky)) * op.in.width + columns.position(kx);
      visit(pixel * op.in.channels, size_t(ky) * columns.count() + kx);
    }
  }
}

// Bias plus the sum over the window, padding skipped: it stands for real 0.
int32_t ConvAccumulator(const QuantizedNetwork& network, int index, Bytes8 input, int y, int x,
                        int channel) {
  const Operator& op = network.network.op(index);
  const QuantizedParameters& p = network.parameters[static_cast<size_t>(index)];
  const int zero_point = network.tensor(op.inputs[0]).zero_point;
  const int depth = op.in.channels;
  const size_t taps = size_t(op.kernel.height) * op.kernel.width;
  int32_t sum = p.bias[static_cast<size_t>(channel)];
  ForEachTap(op, y, x, [&](size_t pixel, size_t tap) {
    const int8_t* value = &input[pixel];
    const int8_t* weight = &p.weights[(size_t(channel) * taps + tap) * depth];
    for (int i = 0; i < depth; ++i) sum += (value[i] - zero_point) * weight[i];
  });
  return sum;
}

int32_t DepthwiseAccumulator(const QuantizedNetwork& network, int index, Bytes8 input, int y, int x,
                             int channel) {
  const Operator& op = network.network.op(index);
  const QuantizedParameters& p = network.parameters[static_cast<size_t>(index)];
  const int zero_point = network.tensor(op.inputs[0]).zero_point;
  const int from = channel / (op.out.channels / op.in.channels);
  int32_t sum = p.bias[static_cast<size_t>(channel)];
  ForEachTap(op, y, x, [&](size_t pixel, size_t tap) {
    sum += (input[pixel + from] - zero_point) * p.weights[tap * op.out.channels + channel];
  });
  return sum;
}

// Bias plus what every input pixel adds to this output through its window.
int32_t TransposedAccumulator(const QuantizedNetwork& network, int index, Bytes8 input, int y,
                              int x, int channel) {
  const Operator& op = network.network.op(index);
  const QuantizedParameters& p = network.parameters[static_cast<size_t>(index)];
  const int zero_point = network.tensor(op.inputs[0]).zero_point;
  const int depth = op.in.channels;
  int32_t sum = p.bias[static_cast<size_t>(channel)];
  for (int ky = 0; ky < op.kernel.height; ++ky) {
    for (int kx = 0; kx < op.kernel.width; ++kx) {
      const int row = y + op.padding.top - ky, column = x + op.padding.left - kx;
      if (row < 0 || row % op.stride.height != 0 || column < 0 || column % op.stride.width != 0)
        continue;
      const int in_y = row / op.stride.height, in_x = column / op.stride.width;
      if (in_y >= op.in.height || in_x >= op.in.width) continue;
      const int8_t* value = &input[(size_t(in_y) * op.in.width + in_x) * depth];
      const size_t tap = (size_t(channel) * op.kernel.height + ky) * op.kernel.width + kx;
      for (int i = 0; i < depth; ++i) sum += (value[i] - zero_point) * p.weights[tap * depth + i];
    }
  }
  return sum;
}

int32_t FullyConnectedAccumulator(const QuantizedNetwork& network, int index, Bytes8 input,
                                  int output) {
  const Operator& op = network.network.op(index);
  const QuantizedParameters& p = network.parameters[static_cast<size_t>(index)];
  const int zero_point = network.tensor(op.inputs[0]).zero_point;
  const int8_t* weight = &p.weights[size_t(output) * input.size()];
  int32_t sum = p.bias[static_cast<size_t>(output)];
  for (size_t i = 0; i < input.size(); ++i) sum += (input[i] - zero_point) * weight[i];
  return sum;
}

int8_t Saturate(int32_t value, Clamp clamp) {
  return static_cast<int8_t>(std::clamp(value, clamp.low, clamp.high));
}

std::vector<int8_t> RunWeighted(const QuantizedNetwork& network, int index, Bytes8 input) {
  const std::vector<int32_t> sums = RunReferenceAccumulators(network, index, input);
  const QuantizedParameters& p = network.parameters[static_cast<size_t>(index)];
  const std::vector<FixedMultiplier> multipliers = OutputMultipliers(network, index);
  const Clamp clamp = ActivationClamp(network.network.op(index).activation, p.output);
  std::vector<int8_t> output(sums.size());
  for (size_t i = 0; i < sums.size(); ++i) {
    const FixedMultiplier m = multipliers[i % multipliers.size()];
    output[i] = Saturate(
        MultiplyByQuantizedMultiplier(sums[i], m, p.rounding) + p.output.zero_point, clamp);
  }
  return output;
}

// `second` repeats: a whole tensor, one value per channel, or one.
std::vector<int8_t> RunAdd(const QuantizedNetwork& network, int index, Bytes8 first,
                           Bytes8 second) {
  const Operator& op = network.network.op(index);
  const QuantizedParameters& p = network.parameters[static_cast<size_t>(index)];
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
  const QuantizedParameters& p = network.parameters[static_cast<size_t>(index)];
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

// Mean of `count` values, half rounded away from zero.
int32_t RoundedMean(int32_t sum, int32_t count) {
  return sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
}

// TFLite's own tolerance for operators that do not rescale.
void CheckCopies(const QuantizedNetwork& network, int index) {
  const int from = network.network.op(index).inputs[0];
  const TensorQuantization &in = network.tensor(from), &out = network.tensor(index);
  MCUNAS_CHECK(in.zero_point == out.zero_point && std::abs(in.scale - out.scale) <= 1e-6f,
               "a pool does not rescale");
}

// Of `sum` over `count` values, in the arithmetic of AVERAGE_POOL_2D, where zero points play no
// part, or of MEAN.
class Averager {
 public:
  Averager(const QuantizedNetwork& network, int index)
      : p_(network.parameters[static_cast<size_t>(index)]) {
    const Operator& op = network.network.op(index);
    zero_point_ = network.tensor(op.inputs[0]).zero_point;
    clamp_ = ActivationClamp(op.activation, p_.output);
    if (p_.mean) {
      multiplier_ = MeanMultiplier(network, index);
    } else {
      CheckCopies(network, index);
    }
  }

  int8_t operator()(int32_t sum, int32_t count) const {
    if (!p_.mean) return Saturate(RoundedMean(sum, count), clamp_);
    const int32_t scaled =
        MultiplyByQuantizedMultiplier(sum - count * zero_point_, multiplier_, p_.rounding);
    return Saturate(scaled + p_.output.zero_point, clamp_);
  }

 private:
  const QuantizedParameters& p_;
  int zero_point_ = 0;
  Clamp clamp_;
  FixedMultiplier multiplier_;
};

// Calls pool(y, x, channel) for every output in order.
template <typename Pool>
std::vector<int8_t> RunPool(const Operator& op, Pool pool) {
  std::vector<int8_t> output;
  output.reserve(static_cast<size_t>(op.out.elements()));
  for (int y = 0; y < op.out.height; ++y) {
    for (int x = 0; x < op.out.width; ++x) {
      for (int c = 0; c < op.out.channels; ++c) output.push_back(pool(y, x, c));
    }
  }
  return output;
}

// Padding is not counted.
std::vector<int8_t> RunAveragePool(const QuantizedNetwork& network, int index, Bytes8 input) {
  const Operator& op = network.network.op(index);
  const Averager average(network, index);
  return RunPool(op, [&](int y, int x, int channel) {
    int32_t sum = 0, count = 0;
    ForEachTap(op, y, x, [&](size_t pixel, size_t) {
      sum += input[pixel + channel];
      ++count;
    });
    MCUNAS_CHECK(count > 0, "a pool window lies outside the map");
    return average(sum, count);
  });
}

std::vector<int8_t> RunMaxPool(const Operator& op, Clamp clamp, Bytes8 input) {
  return RunPool(op, [&](int y, int x, int channel) {
    int32_t largest = -128;
    ForEachTap(op, y, x, [&](size_t pixel, size_t) {
      largest = std::max<int32_t>(largest, input[pixel + channel]);
    });
    return Saturate(largest, clamp);
  });
}

std::vector<int8_t> RunGlobalAveragePool(const QuantizedNetwork& network, int index, Bytes8 input) {
  const Operator& op = network.network.op(index);
  const size_t channels = static_cast<size_t>(op.in.channels);
  const Averager average(network, index);
  std::vector<int32_t> sums(channels, 0);
  for (size_t i = 0; i < input.size(); ++i) sums[i % channels] += input[i];
  std::vector<int8_t> output;
  for (int32_t sum : sums) output.push_back(average(sum, op.in.height * op.in.width));
  return output;
}

std::vector<int8_t> RunConcatenation(const Operator& op, const std::vector<Bytes8>& inputs) {
  const size_t pixels = size_t(op.out.height) * op.out.width;
  std::vector<int8_t> output;
  output.reserve(static_cast<size_t>(op.out.elements()));
  for (size_t pixel = 0; pixel < pixels; ++pixel) {
    for (Bytes8 input : inputs) {
      const size_t channels = input.size() / pixels;
      const Bytes8 part = input.subspan(pixel * channels, channels);
      output.insert(output.end(), part.begin(), part.end());
    }
  }
  return output;
}

// TFLite's reference SOFTMAX: e^(x - max) in fixed point, its sum with 12 integer bits.
std::vector<int8_t> RunSoftmax(const QuantizedNetwork& network, int index, Bytes8 input) {
  const Operator& op = network.network.op(index);
  const SoftmaxConstants c = DeriveSoftmaxConstants(network, index);
  const size_t channels = static_cast<size_t>(op.in.channels);
  std::vector<int8_t> output;
  output.reserve(input.size());
  for (size_t first = 0; first < input.size(); first += channels) {
    const Bytes8 pixel = input.subspan(first, channels);
    const int32_t largest = *std::max_element(pixel.begin(), pixel.end());
    const auto exponential = [&](int32_t difference) {
      const int32_t shifted = difference * (int32_t{1} << c.input.shift);
      return ExpOfNegative(SaturatingRoundingDoublingHighMul(shifted, c.input.multiplier), 5);
    };
    int32_t sum = 0;
    for (int8_t value : pixel) {
      if (value - largest < c.smallest) continue;
      sum += RoundingDivideByPowerOfTwo(exponential(value - largest), 12);
    }
    const Reciprocal scale = ReciprocalOf(sum);
    for (int8_t value : pixel) {
      int32_t share = 0;
      // Over 31 bits, where hundreds of channels are equal, TFLite's shift is undefined; the value
      // is below half a step.
      const int bits = scale.exponent + 31 - 8;
      if (value - largest >= c.smallest && bits <= 31) {
        share = RoundingDivideByPowerOfTwo(
            SaturatingRoundingDoublingHighMul(scale.mantissa, exponential(value - largest)), bits);
      }
      output.push_back(Saturate(share - 128, {}));
    }
  }
  return output;
}

std::vector<int8_t> RunFunction(const QuantizedNetwork& network, int index, Bytes8 input) {
  const ByteFunction function = FunctionOfByte(network, index);
  std::vector<int8_t> output;
  output.reserve(input.size());
  for (int8_t value : input) output.push_back(function[static_cast<size_t>(value + 128)]);
  return output;
}

}  // namespace

std::vector<int32_t> RunReferenceAccumulators(const QuantizedNetwork& network, int index,
                                              std::span<const int8_t> input) {
  const Operator& op = network.network.op(index);
  MCUNAS_CHECK(HasWeights(op.kind), "operator has no accumulators");
  std::vector<int32_t> sums;
  sums.reserve(static_cast<size_t>(op.out.elements()));
  for (int y = 0; y < op.out.height; ++y) {
    for (int x = 0; x < op.out.width; ++x) {
      for (int c = 0; c < op.out.channels; ++c) {
        if (op.kind == OpKind::kTransposeConv) {
          sums.push_back(TransposedAccumulator(network, index, input, y, x, c));
        } else if (op.kind == OpKind::kDepthwise) {
          sums.push_back(DepthwiseAccumulator(network, index, input, y, x, c));
        } else if (op.kind == OpKind::kFullyConnected) {
          sums.push_back(FullyConnectedAccumulator(network, index, input, c));
        } else {
          sums.push_back(ConvAccumulator(network, index, input, y, x, c));
        }
      }
    }
  }
  return sums;
}

std::vector<int8_t> RunReferenceOperator(const QuantizedNetwork& network, int index,
                                         const std::vector<std::span<const int8_t>>& inputs) {
  const Operator& op = network.network.op(index);
  const QuantizedParameters& p = network.parameters[static_cast<size_t>(index)];
  MCUNAS_CHECK(inputs.size() == op.inputs.size(), "wrong number of operands");
  for (size_t i = 0; i < inputs.size(); ++i) {
    const int64_t expected = network.network.tensor_shape(op.inputs[i]).elements();
    MCUNAS_CHECK(static_cast<int64_t>(inputs[i].size()) == expected, "wrong operand size");
  }
  switch (op.kind) {
    case OpKind::kConv:
    case OpKind::kPointwise:
    case OpKind::kDepthwise:
    case OpKind::kFullyConnected:
    case OpKind::kTransposeConv:
      return RunWeighted(network, index, inputs[0]);
    case OpKind::kAdd:
    case OpKind::kSubtract:
      return RunAdd(network, index, inputs[0], inputs[1]);
    case OpKind::kAddConstant:
    case OpKind::kSubtractConstant:
      return RunAdd(network, index, inputs[0], p.weights);
    case OpKind::kMultiply:
      return RunMultiply(network, index, inputs[0], inputs[1]);
    case OpKind::kMultiplyConstant:
      return RunMultiply(network, index, inputs[0], p.weights);
    case OpKind::kAveragePool:
      return RunAveragePool(network, index, inputs[0]);
    case OpKind::kMaxPool:
      return RunMaxPool(op, ActivationClamp(op.activation, p.output), inputs[0]);
    case OpKind::kGlobalAveragePool:
      return RunGlobalAveragePool(network, index, inputs[0]);
    case OpKind::kResizeNearest:
      return RunResizeNearest(op, inputs[0]);
    case OpKind::kConcatenation:
      return RunConcatenation(op, inputs);
    case OpKind::kSoftmax:
      return RunSoftmax(network, index, inputs[0]);
    case OpKind::kLogistic:
    case OpKind::kTanh:
    case OpKind::kHardSwish:
    case OpKind::kLeakyRelu:
    case OpKind::kRequantize:
      return RunFunction(network, index, inputs[0]);
    case OpKind::kMaximum:
    case OpKind::kMinimum:
      return RunExtreme(op.kind == OpKind::kMaximum, inputs[0], inputs[1]);
    case OpKind::kMaximumConstant:
    case OpKind::kMinimumConstant:
      return RunExtreme(op.kind == OpKind::kMaximumConstant, inputs[0], p.weights);
    case OpKind::kReshape:
      return {inputs[0].begin(), inputs[0].end()};
    case OpKind::kSlice:
      return RunSlice(op, inputs[0]);
    case OpKind::kPad:
      return RunPad(op, network.tensor(op.inputs[0]).zero_point, inputs[0]);
    case OpKind::kResizeBilinear:
      return RunResizeBilinear(op, inputs[0]);
  }
  MCUNAS_CHECK(false, "operator of no known kind");
}

std::vector<std::vector<int8_t>> RunReferenceAllTensors(const QuantizedNetwork& network,
                                                        std::span<const int8_t> input) {
  std::vector<std::vector<int8_t>> outputs;
  const size_t count = network.network.operators.size();
  MCUNAS_CHECK(network.parameters.size() == count, "one set of parameters per operator");
  outputs.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    std::vector<Bytes8> operands;
    for (int tensor : network.network.operators[i].inputs) {
      operands.push_back(tensor == kNetworkInput ? input
                                                 : Bytes8(outputs[static_cast<size_t>(tensor)]));
    }
    outputs.push_back(RunReferenceOperator(network, static_cast<int>(i), operands));
  }
  return outputs;
}

std::vector<int8_t> RunReference(const QuantizedNetwork& network, std::span<const int8_t> input) {
  const std::vector<std::vector<int8_t>> all = RunReferenceAllTensors(network, input);
  std::vector<int8_t> outputs;
  for (int tensor : OutputTensors(network.network)) {
    const std::vector<int8_t>& one = all[static_cast<size_t>(tensor)];
    outputs.insert(outputs.end(), one.begin(), one.end());
  }
  return outputs;
}

}  // namespace mcunas
