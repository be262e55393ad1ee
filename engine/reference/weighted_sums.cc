#include "engine/reference/weighted_sums.h"

#include "common/check.h"
#include "common/index.h"
#include "engine/arithmetic/requantization.h"
#include "engine/reference/saturate.h"
#include "engine/reference/taps.h"

namespace mcunas {
namespace {

using Bytes8 = std::span<const int8_t>;

// Bias plus the sum over the window, padding skipped: it stands for real 0.
int32_t ConvAccumulator(const QuantizedNetwork& network, int index, Bytes8 input, int y, int x,
                        int channel) {
  const Operator& op = network.network.op(index);
  const QuantizedParameters& p = network.parameters_of(index);
  const int zero_point = network.tensor(op.inputs[0]).zero_point;
  const int depth = op.in.channels;
  const size_t taps = size_t(op.kernel.height) * op.kernel.width;
  int32_t sum = p.bias[Index(channel)];
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
  const QuantizedParameters& p = network.parameters_of(index);
  const int zero_point = network.tensor(op.inputs[0]).zero_point;
  const int from = channel / (op.out.channels / op.in.channels);
  int32_t sum = p.bias[Index(channel)];
  ForEachTap(op, y, x, [&](size_t pixel, size_t tap) {
    sum += (input[pixel + from] - zero_point) * p.weights[tap * op.out.channels + channel];
  });
  return sum;
}

// Bias plus what every input pixel adds to this output through its window.
int32_t TransposedAccumulator(const QuantizedNetwork& network, int index, Bytes8 input, int y,
                              int x, int channel) {
  const Operator& op = network.network.op(index);
  const QuantizedParameters& p = network.parameters_of(index);
  const int zero_point = network.tensor(op.inputs[0]).zero_point;
  const int depth = op.in.channels;
  int32_t sum = p.bias[Index(channel)];
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
  const QuantizedParameters& p = network.parameters_of(index);
  const int zero_point = network.tensor(op.inputs[0]).zero_point;
  const int8_t* weight = &p.weights[size_t(output) * input.size()];
  int32_t sum = p.bias[Index(output)];
  for (size_t i = 0; i < input.size(); ++i) sum += (input[i] - zero_point) * weight[i];
  return sum;
}

int32_t AccumulatorAt(const QuantizedNetwork& network, int index, Bytes8 input, int y, int x,
                      int c) {
  const OpKind kind = network.network.op(index).kind;
  if (kind == OpKind::kTransposeConv) return TransposedAccumulator(network, index, input, y, x, c);
  if (kind == OpKind::kDepthwise) return DepthwiseAccumulator(network, index, input, y, x, c);
  if (kind == OpKind::kFullyConnected) return FullyConnectedAccumulator(network, index, input, c);
  return ConvAccumulator(network, index, input, y, x, c);
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
      for (int c = 0; c < op.out.channels; ++c)
        sums.push_back(AccumulatorAt(network, index, input, y, x, c));
    }
  }
  return sums;
}

std::vector<int8_t> RunWeighted(const QuantizedNetwork& network, int index, Bytes8 input) {
  const std::vector<int32_t> sums = RunReferenceAccumulators(network, index, input);
  const QuantizedParameters& p = network.parameters_of(index);
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

}  // namespace mcunas
