#include "engine/reference/pools.h"

#include <algorithm>
#include <cmath>

#include "common/check.h"
#include "engine/arithmetic/requantization.h"
#include "engine/reference/saturate.h"
#include "engine/reference/taps.h"

namespace mcunas {
namespace {

using Bytes8 = std::span<const int8_t>;

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
  Averager(const QuantizedNetwork& network, int index) : p_(network.parameters_of(index)) {
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
std::vector<int8_t> ForEachOutput(const Operator& op, Pool pool) {
  std::vector<int8_t> output;
  output.reserve(static_cast<size_t>(op.out.elements()));
  for (int y = 0; y < op.out.height; ++y) {
    for (int x = 0; x < op.out.width; ++x) {
      for (int c = 0; c < op.out.channels; ++c) output.push_back(pool(y, x, c));
    }
  }
  return output;
}

std::vector<int8_t> RunAveragePool(const QuantizedNetwork& network, int index, Bytes8 input) {
  const Operator& op = network.network.op(index);
  const Averager average(network, index);
  return ForEachOutput(op, [&](int y, int x, int channel) {
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
  return ForEachOutput(op, [&](int y, int x, int channel) {
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

}  // namespace

std::vector<int8_t> RunPool(const QuantizedNetwork& network, int index,
                            std::span<const int8_t> input) {
  const Operator& op = network.network.op(index);
  if (op.kind == OpKind::kAveragePool) return RunAveragePool(network, index, input);
  if (op.kind == OpKind::kGlobalAveragePool) return RunGlobalAveragePool(network, index, input);
  MCUNAS_CHECK(op.kind == OpKind::kMaxPool, "no pool");
  const TensorQuantization& output = network.tensor(index);
  return RunMaxPool(op, ActivationClamp(op.activation, output), input);
}

}  // namespace mcunas
