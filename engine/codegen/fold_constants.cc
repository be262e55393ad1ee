#include "engine/codegen/fold_constants.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <numeric>
#include <span>

#include "common/check.h"
#include "engine/quantize/fixed_point.h"
#include "engine/quantize/requantization.h"
#include "engine/reference/interpreter.h"

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

// Channels in fours, values of a block interleaved; the last ones in a smaller block.
std::vector<int8_t> InFours(const std::vector<int8_t>& weights, size_t channels) {
  const size_t taps = weights.size() / channels;
  std::vector<int8_t> result;
  result.reserve(weights.size());
  for (size_t c = 0; c < channels; c += 4) {
    const size_t in_block = std::min<size_t>(4, channels - c);
    for (size_t tap = 0; tap < taps; ++tap) {
      for (size_t i = 0; i < in_block; ++i) result.push_back(weights[(c + i) * taps + tap]);
    }
  }
  return result;
}

// Weights as [channel][depth], in the order of the kernel.
std::vector<int8_t> KernelOrder(const Operator& op, const std::vector<int8_t>& rows,
                                size_t channels) {
  return op.kind == OpKind::kDepthwise ? InFours(rows, channels) : Interleave(rows, channels);
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
                   p.bias.size() == channels &&
                   (p.weight_scales.size() == channels || p.weight_scales.size() == 1),
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
  result.weights = KernelOrder(op, rows, channels);
  result.rounding = fast                              ? MCU_ROUND_DOUBLE_FAST
                    : p.rounding == Rounding::kDouble ? MCU_ROUND_DOUBLE
                                                      : MCU_ROUND_SINGLE;
  return result;
}

std::vector<int8_t> SliceWeights(const QuantizedNetwork& network, int index,
                                 const ChannelSlice& slice) {
  const Operator& op = network.network.operators[static_cast<size_t>(index)];
  const std::vector<int8_t> rows =
      ChannelMajor(op, network.parameters[static_cast<size_t>(index)].weights);
  const size_t depth = rows.size() / static_cast<size_t>(op.out.channels);
  const bool by_depth = op.kind == OpKind::kPointwise;
  const size_t from = by_depth ? static_cast<size_t>(slice.in_begin) : 0;
  const size_t to = by_depth ? static_cast<size_t>(slice.in_end) : depth;
  std::vector<int8_t> part;
  for (int c = slice.out_begin; c < slice.out_end; ++c) {
    const auto row = rows.begin() + static_cast<ptrdiff_t>(static_cast<size_t>(c) * depth);
    part.insert(part.end(), row + static_cast<ptrdiff_t>(from), row + static_cast<ptrdiff_t>(to));
  }
  return KernelOrder(op, part, static_cast<size_t>(slice.out_end - slice.out_begin));
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

FoldedFactor FoldProduct(const QuantizedNetwork& network, int op) {
  return Fold(ProductMultiplier(network, op), Rounding::kDouble);
}

FoldedFactor FoldMean(const QuantizedNetwork& network, int op) {
  return Fold(MeanMultiplier(network, op), Rounding::kDouble);
}

std::vector<int8_t> LookupTable(const QuantizedNetwork& network, int op) {
  const Operator& whole = network.network.operators[static_cast<size_t>(op)];
  if (whole.kind != OpKind::kLogistic && whole.constants != 1) return {};
  // The operator on a map of one row that holds every byte.
  QuantizedNetwork one;
  one.rounding_mode = network.rounding_mode;
  one.input = network.tensor(whole.inputs[0]);
  one.network.input = {1, 256, 1};
  one.network.operators = {whole};
  one.network.operators[0].inputs = {kNetworkInput};
  one.network.operators[0].in = one.network.operators[0].out = one.network.input;
  one.parameters = {network.parameters[static_cast<size_t>(op)]};
  std::vector<int8_t> bytes(256);
  std::iota(bytes.begin(), bytes.end(), int8_t{-128});
  return RunReference(one, bytes);
}

std::vector<int32_t> ExponentialTable(const QuantizedNetwork& network, int op) {
  if (network.network.operators[static_cast<size_t>(op)].kind != OpKind::kSoftmax) return {};
  const SoftmaxConstants c = DeriveSoftmaxConstants(network, op);
  std::vector<int32_t> table(256, 0);
  for (int d = 0; d < 256 && -d >= c.smallest; ++d) {
    const int32_t shifted = -d * (int32_t{1} << c.input.shift);
    table[static_cast<size_t>(d)] =
        ExpOfNegative(SaturatingRoundingDoublingHighMul(shifted, c.input.multiplier), 5);
  }
  return table;
}

std::vector<int8_t> ConstantTable(const QuantizedNetwork& network, int op) {
  if (network.network.operators[static_cast<size_t>(op)].constants <= 1) return {};
  return network.parameters[static_cast<size_t>(op)].weights;
}

}  // namespace mcunas
