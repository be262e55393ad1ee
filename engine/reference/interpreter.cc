#include "engine/reference/interpreter.h"

#include <algorithm>
#include <utility>

#include "common/check.h"
#include "engine/quantize/requantization.h"

namespace mcunas {
namespace {

using Bytes8 = std::span<const int8_t>;

// Half-open range of window positions [first, last) that lie inside a map side of `size`, for the
// window of output position `out`.
struct WindowRange {
  int first;
  int last;
};

WindowRange Clip(const Operator& op, int out, int size) {
  const int origin = out * op.stride - op.padding;
  return {std::max(0, -origin), std::min(op.kernel, size - origin)};
}

// Offset of the input pixel below window position (ky, kx) of output pixel (y, x).
size_t InputOffset(const Operator& op, int y, int x) {
  return (size_t(y) * op.in.width + x) * op.in.channels;
}

// Bias plus the sum over the window, padding skipped: it stands for real 0.
int32_t ConvAccumulator(const QuantizedNetwork& network, int index, Bytes8 input, int y, int x,
                        int channel) {
  const Operator& op = network.network.operators[static_cast<size_t>(index)];
  const QuantizedParameters& p = network.parameters[static_cast<size_t>(index)];
  const int zero_point = network.tensor(op.inputs[0]).zero_point;
  const WindowRange rows = Clip(op, y, op.in.height), columns = Clip(op, x, op.in.width);
  const int depth = op.in.channels;
  int32_t sum = p.bias[static_cast<size_t>(channel)];
  for (int ky = rows.first; ky < rows.last; ++ky) {
    const int in_y = y * op.stride - op.padding + ky;
    for (int kx = columns.first; kx < columns.last; ++kx) {
      const int8_t* pixel = &input[InputOffset(op, in_y, x * op.stride - op.padding + kx)];
      const int8_t* weight =
          &p.weights[((size_t(channel) * op.kernel + ky) * op.kernel + kx) * depth];
      for (int i = 0; i < depth; ++i) sum += (pixel[i] - zero_point) * weight[i];
    }
  }
  return sum;
}

int32_t DepthwiseAccumulator(const QuantizedNetwork& network, int index, Bytes8 input, int y, int x,
                             int channel) {
  const Operator& op = network.network.operators[static_cast<size_t>(index)];
  const QuantizedParameters& p = network.parameters[static_cast<size_t>(index)];
  const int zero_point = network.tensor(op.inputs[0]).zero_point;
  const WindowRange rows = Clip(op, y, op.in.height), columns = Clip(op, x, op.in.width);
  int32_t sum = p.bias[static_cast<size_t>(channel)];
  for (int ky = rows.first; ky < rows.last; ++ky) {
    const int in_y = y * op.stride - op.padding + ky;
    for (int kx = columns.first; kx < columns.last; ++kx) {
      const int in_x = x * op.stride - op.padding + kx;
      const size_t weight = (size_t(ky) * op.kernel + kx) * op.out.channels + channel;
      sum += (input[InputOffset(op, in_y, in_x) + channel] - zero_point) * p.weights[weight];
    }
  }
  return sum;
}

int32_t FullyConnectedAccumulator(const QuantizedNetwork& network, int index, Bytes8 input,
                                  int output) {
  const Operator& op = network.network.operators[static_cast<size_t>(index)];
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
  const Clamp clamp =
      ActivationClamp(network.network.operators[static_cast<size_t>(index)].activation, p.output);
  std::vector<int8_t> output(sums.size());
  for (size_t i = 0; i < sums.size(); ++i) {
    const FixedMultiplier m = multipliers[i % multipliers.size()];
    output[i] = Saturate(
        MultiplyByQuantizedMultiplier(sums[i], m, p.rounding) + p.output.zero_point, clamp);
  }
  return output;
}

std::vector<int8_t> RunAdd(const QuantizedNetwork& network, int index, Bytes8 first,
                           Bytes8 second) {
  const Operator& op = network.network.operators[static_cast<size_t>(index)];
  const QuantizedParameters& p = network.parameters[static_cast<size_t>(index)];
  const AddConstants c = DeriveAddConstants(network, index);
  const int zero_first = network.tensor(op.inputs[0]).zero_point;
  const int zero_second = network.tensor(op.inputs[1]).zero_point;
  const Clamp clamp = ActivationClamp(op.activation, p.output);
  const auto scaled = [&](int32_t value, FixedMultiplier m) {
    return MultiplyByQuantizedMultiplier(value, m, p.rounding);
  };
  const int32_t unit = 1 << c.left_shift;
  std::vector<int8_t> output(first.size());
  for (size_t i = 0; i < first.size(); ++i) {
    const int32_t sum = scaled((first[i] - zero_first) * unit, c.first) +
                        scaled((second[i] - zero_second) * unit, c.second);
    output[i] = Saturate(scaled(sum, c.output) + p.output.zero_point, clamp);
  }
  return output;
}

// Mean of `count` values, half rounded away from zero.
int32_t RoundedMean(int32_t sum, int32_t count) {
  return sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
}

// Padding is not counted. TFLite never rescales in a pool, so zero points play no part.
int8_t PoolPixel(const Operator& op, Bytes8 input, int y, int x, int channel) {
  const WindowRange rows = Clip(op, y, op.in.height), columns = Clip(op, x, op.in.width);
  int32_t sum = 0;
  for (int ky = rows.first; ky < rows.last; ++ky) {
    for (int kx = columns.first; kx < columns.last; ++kx) {
      sum +=
          input[InputOffset(op, y * op.stride - op.padding + ky, x * op.stride - op.padding + kx) +
                channel];
    }
  }
  const int count = (rows.last - rows.first) * (columns.last - columns.first);
  MCUNAS_CHECK(count > 0, "a pool window lies outside the map");
  return static_cast<int8_t>(RoundedMean(sum, count));
}

std::vector<int8_t> RunAveragePool(const Operator& op, Clamp clamp, Bytes8 input) {
  std::vector<int8_t> output;
  output.reserve(static_cast<size_t>(op.out.elements()));
  for (int y = 0; y < op.out.height; ++y) {
    for (int x = 0; x < op.out.width; ++x) {
      for (int c = 0; c < op.out.channels; ++c) {
        output.push_back(Saturate(PoolPixel(op, input, y, x, c), clamp));
      }
    }
  }
  return output;
}

std::vector<int8_t> RunGlobalAveragePool(const Operator& op, Bytes8 input) {
  const size_t channels = static_cast<size_t>(op.in.channels);
  std::vector<int32_t> sums(channels, 0);
  for (size_t i = 0; i < input.size(); ++i) sums[i % channels] += input[i];
  std::vector<int8_t> output;
  for (int32_t sum : sums) {
    output.push_back(static_cast<int8_t>(RoundedMean(sum, op.in.height * op.in.width)));
  }
  return output;
}

}  // namespace

std::vector<int32_t> RunReferenceAccumulators(const QuantizedNetwork& network, int index,
                                              std::span<const int8_t> input) {
  const Operator& op = network.network.operators[static_cast<size_t>(index)];
  MCUNAS_CHECK(OperatorWeights(op) > 0, "operator has no accumulators");
  std::vector<int32_t> sums;
  sums.reserve(static_cast<size_t>(op.out.elements()));
  for (int y = 0; y < op.out.height; ++y) {
    for (int x = 0; x < op.out.width; ++x) {
      for (int c = 0; c < op.out.channels; ++c) {
        if (op.kind == OpKind::kDepthwise) {
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
  const Operator& op = network.network.operators[static_cast<size_t>(index)];
  MCUNAS_CHECK(inputs.size() == op.inputs.size(), "wrong number of operands");
  for (Bytes8 input : inputs) {
    MCUNAS_CHECK(static_cast<int64_t>(input.size()) == op.in.elements(), "wrong operand size");
  }
  const TensorQuantization& output = network.parameters[static_cast<size_t>(index)].output;
  switch (op.kind) {
    case OpKind::kConv:
    case OpKind::kPointwise:
    case OpKind::kDepthwise:
    case OpKind::kFullyConnected:
      return RunWeighted(network, index, inputs[0]);
    case OpKind::kAdd:
      return RunAdd(network, index, inputs[0], inputs[1]);
    case OpKind::kAveragePool:
      MCUNAS_CHECK(output == network.tensor(op.inputs[0]), "a pool does not rescale");
      return RunAveragePool(op, ActivationClamp(op.activation, output), inputs[0]);
    case OpKind::kGlobalAveragePool:
      MCUNAS_CHECK(output == network.tensor(op.inputs[0]), "a pool does not rescale");
      return RunGlobalAveragePool(op, inputs[0]);
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
  std::vector<std::vector<int8_t>> outputs = RunReferenceAllTensors(network, input);
  return std::move(outputs.back());
}

}  // namespace mcunas
