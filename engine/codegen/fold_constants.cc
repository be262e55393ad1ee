#include "engine/codegen/fold_constants.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <span>

#include "common/check.h"
#include "engine/quantize/requantization.h"

namespace mcunas {
namespace {

constexpr int64_t kFastAccumulatorLimit = int64_t{1} << 30;
constexpr int64_t kInt32Limit = int64_t{1} << 31;
constexpr int64_t kLargestOffset = 257;  // |2 * zero point + 1|

// Weights as [channel][depth].
std::vector<int8_t> ChannelMajor(const Operator& op, const std::vector<int8_t>& weights) {
  if (op.kind != OpKind::kDepthwise) return weights;
  const size_t channels = static_cast<size_t>(op.out.channels), taps = weights.size() / channels;
  std::vector<int8_t> result(weights.size());
  for (size_t tap = 0; tap < taps; ++tap) {
    for (size_t c = 0; c < channels; ++c) result[c * taps + tap] = weights[tap * channels + c];
  }
  return result;
}

// In which order the values of the depth stand: struct mcu_weighted.
std::vector<size_t> DepthOrder(size_t depth) {
  std::vector<size_t> order;
  order.reserve(depth);
  size_t next = 0;
  if (depth % 2 == 1) order.push_back(next++);
  for (; depth - next >= 4; next += 4)
    order.insert(order.end(), {next, next + 2, next + 1, next + 3});
  for (; next < depth; ++next) order.push_back(next);
  return order;
}

// Channels in pairs, values of a pair interleaved; the last of an odd number alone.
std::vector<int8_t> Interleave(const std::vector<int8_t>& weights, size_t channels) {
  const size_t depth = weights.size() / channels;
  const std::vector<size_t> order = DepthOrder(depth);
  std::vector<int8_t> result;
  result.reserve(weights.size());
  for (size_t c = 0; c < channels; c += 2) {
    const size_t in_group = std::min<size_t>(2, channels - c);
    for (size_t d : order) {
      for (size_t i = 0; i < in_group; ++i) result.push_back(weights[(c + i) * depth + d]);
    }
  }
  return result;
}

// Largest |accumulator| of a channel for any int8 input.
int64_t AccumulatorBound(std::span<const int8_t> weights, int64_t bias) {
  int64_t bound = std::abs(bias);
  for (int8_t w : weights) bound += 128 * std::abs(int64_t{w});
  return bound;
}

bool FitsFast(int64_t bound, int32_t right_shift) {
  if (bound >= kFastAccumulatorLimit) return false;
  if (right_shift < 1) return true;  // the kernels take these channels the exact way
  return right_shift <= 23 && bound + (kLargestOffset << (right_shift - 1)) < kInt32Limit;
}

FoldedFactor Fold(FixedMultiplier m, Rounding rounding) {
  // As TFLite: a single-rounding build clips larger shifts.
  if (rounding == Rounding::kSingle && m.shift > 30) m = {std::numeric_limits<int32_t>::max(), 30};
  return {m.multiplier, -m.shift};
}

}  // namespace

FoldedConstants FoldConstants(const QuantizedNetwork& network, int index) {
  const Operator& op = network.network.operators[static_cast<size_t>(index)];
  const QuantizedParameters& p = network.parameters[static_cast<size_t>(index)];
  const size_t channels = static_cast<size_t>(op.out.channels);
  MCUNAS_CHECK(static_cast<int64_t>(p.weights.size()) == OperatorWeights(op) &&
                   p.bias.size() == channels && p.weight_scales.size() == channels,
               "parameters do not match the operator");
  const std::vector<int8_t> rows = ChannelMajor(op, p.weights);
  const size_t depth = rows.size() / channels;
  const int64_t zero_point = network.tensor(op.inputs[0]).zero_point;
  const std::vector<FixedMultiplier> multipliers = OutputMultipliers(network, index);
  FoldedConstants result;
  bool fast = p.rounding == Rounding::kDouble;
  for (size_t c = 0; c < channels; ++c) {
    const std::span<const int8_t> row(&rows[c * depth], depth);
    int64_t sum = 0;
    for (int8_t w : row) sum += w;
    const int64_t bias = p.bias[c] - zero_point * sum;
    FoldedFactor factor = Fold(multipliers[c], p.rounding);
    const int64_t bound = AccumulatorBound(row, bias);
    // What always rounds to 0 needs no shift that the fast form cannot do.
    const bool vanishes = fast && factor.right_shift > 1 &&
                          bound < (int64_t{1} << (std::min(factor.right_shift, 31) - 1));
    if (factor.multiplier == 0 || vanishes) factor = {0, 1};
    fast = fast && FitsFast(bound, factor.right_shift);
    result.bias.push_back(static_cast<int32_t>(static_cast<uint32_t>(bias)));
    result.multiplier.push_back(factor.multiplier);
    result.right_shift.push_back(static_cast<int8_t>(factor.right_shift));
  }
  result.weights = op.kind == OpKind::kDepthwise ? rows : Interleave(rows, channels);
  result.rounding = fast                              ? MCU_ROUND_DOUBLE_FAST
                    : p.rounding == Rounding::kDouble ? MCU_ROUND_DOUBLE
                                                      : MCU_ROUND_SINGLE;
  return result;
}

FoldedAddition FoldAddition(const QuantizedNetwork& network, int index) {
  const QuantizedParameters& p = network.parameters[static_cast<size_t>(index)];
  const AddConstants constants = DeriveAddConstants(network, index);
  MCUNAS_CHECK(constants.left_shift == 20, "the add kernel shifts by 20");
  FoldedAddition result;
  result.first = Fold(constants.first, p.rounding);
  result.second = Fold(constants.second, p.rounding);
  result.output = Fold(constants.output, p.rounding);
  const auto halves = [](FoldedFactor f) { return f.right_shift >= 0 && f.right_shift <= 30; };
  // Both scaled inputs stay below 2^27: at most 255 * 2^20 * 1/2 each.
  const bool fast = p.rounding == Rounding::kDouble && halves(result.first) &&
                    halves(result.second) && result.output.right_shift >= 1 &&
                    FitsFast(int64_t{1} << 28, result.output.right_shift);
  result.rounding = fast                              ? MCU_ROUND_DOUBLE_FAST
                    : p.rounding == Rounding::kDouble ? MCU_ROUND_DOUBLE
                                                      : MCU_ROUND_SINGLE;
  return result;
}

}  // namespace mcunas
