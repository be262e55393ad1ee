#include "engine/codegen/fold_constants.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <span>

#include "common/check.h"
#include "common/index.h"
#include "engine/arithmetic/fixed_point.h"
#include "engine/arithmetic/requantization.h"
#include "engine/codegen/pack_weights.h"
#include "engine/reference/interpreter.h"
#include "memory_model/scratch.h"
#include "network/operator_counts.h"
#include "network/resize.h"

namespace mcunas {
namespace {

constexpr int64_t kFastAccumulatorLimit = int64_t{1} << 30;
constexpr int64_t kInt32Limit = int64_t{1} << 31;
constexpr int64_t kLargestOffset = 257;  // |2 * zero point + 1|
constexpr int32_t kLargestFastShift = 22;

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

// In which order the values of a window of `rows` runs stand: struct mcu_weighted.
std::vector<size_t> DepthOrder(size_t rows, size_t run) {
  const size_t fours = run / 4 * 4;
  std::vector<size_t> order;
  order.reserve(rows * run);
  for (size_t row = 0; row < rows; ++row) {
    for (size_t i = fours; i < run; ++i) order.push_back(row * run + i);
  }
  for (size_t row = 0; row < rows; ++row) {
    for (size_t i = row * run; i < row * run + fours; i += 4)
      order.insert(order.end(), {i, i + 2, i + 1, i + 3});
  }
  return order;
}

// Channels in pairs, values of a pair interleaved; the last of an odd number alone.
std::vector<int8_t> InPairs(const std::vector<int8_t>& weights, size_t channels, size_t rows) {
  const size_t depth = weights.size() / channels;
  const std::vector<size_t> order = DepthOrder(rows, depth / rows);
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

// Channels in fours, four values of each at a time; the last ones alone.
std::vector<int8_t> InFours(const std::vector<int8_t>& weights, size_t channels) {
  const size_t depth = weights.size() / channels, whole = channels / 4 * 4;
  std::vector<int8_t> result;
  result.reserve(weights.size());
  for (size_t c = 0; c < whole; c += 4) {
    for (size_t d = 0; d < depth; d += 4) {
      for (size_t i = c; i < c + 4; ++i) {
        const auto at = weights.begin() + static_cast<ptrdiff_t>(i * depth + d);
        result.insert(result.end(), at,
                      at + static_cast<ptrdiff_t>(std::min<size_t>(4, depth - d)));
      }
    }
  }
  result.insert(result.end(), weights.begin() + static_cast<ptrdiff_t>(whole * depth),
                weights.end());
  return result;
}

// The places of a row of a depthwise window of so many columns in the fast form; 7: a zero.
std::vector<size_t> RowPlaces(int side, int column_stride) {
  if (side == 3)
    return column_stride == 1 ? std::vector<size_t>{0, 1, 1, 2} : std::vector<size_t>{0, 2, 1, 7};
  if (side == 5 && column_stride == 1) return {0, 2, 1, 3, 1, 3, 2, 4};
  if (side == 5) return {0, 2, 1, 3, 4, 7, 7, 7};
  if (column_stride == 1) return {0, 2, 1, 3, 4, 1, 5, 2, 3, 5, 4, 6};
  return {0, 2, 1, 3, 4, 6, 5, 7};
}

std::vector<int8_t> InRows(const Operator& op, const std::vector<int8_t>& weights, int side) {
  const size_t height = static_cast<size_t>(op.kernel.height);
  const size_t width = static_cast<size_t>(op.kernel.width);
  const std::vector<size_t> places = RowPlaces(side, op.stride.width);
  std::vector<int8_t> result;
  for (size_t channel = 0; channel < weights.size(); channel += height * width) {
    for (size_t row = 0; row < static_cast<size_t>(side); ++row) {
      for (size_t place : places) {
        const bool inside = row < height && place < width;
        result.push_back(inside ? weights[channel + row * width + place] : int8_t{0});
      }
    }
  }
  return result;
}

// Weights as [channel][depth], in the order of the kernel.
std::vector<int8_t> KernelOrder(const Operator& op, const std::vector<int8_t>& rows,
                                size_t channels) {
  if (op.kind == OpKind::kTransposeConv) return rows;
  if (op.kind == OpKind::kFullyConnected) return InFours(rows, channels);
  if (op.kind != OpKind::kDepthwise)
    return InPairs(rows, channels, static_cast<size_t>(op.kernel.height));
  const int side = DepthwiseSide(op);
  return side == 0 ? rows : InRows(op, rows, side);
}

// Largest |accumulator| of a channel for any int8 input, whose zero point is part of the bias but
// in transposed convolutions.
int64_t AccumulatorBound(const Operator& op, std::span<const int8_t> weights, int64_t bias) {
  const int64_t largest = op.kind == OpKind::kTransposeConv ? 255 : 128;
  int64_t bound = std::abs(bias);
  for (int8_t w : weights) bound += largest * std::abs(int64_t{w});
  return bound;
}

bool FitsFast(int64_t bound, int32_t right_shift) {
  return bound < kFastAccumulatorLimit && right_shift <= kLargestFastShift &&
         bound + (kLargestOffset << std::max(0, right_shift - 1)) < kInt32Limit;
}

FoldedFactor Fold(FixedMultiplier m, Rounding rounding) {
  // As TFLite: a single-rounding build clips larger shifts.
  if (rounding == Rounding::kSingle && m.shift > 30) m = {std::numeric_limits<int32_t>::max(), 30};
  return {m.multiplier, -m.shift};
}

// A channel whose weights are all 0 gives one byte, whatever comes in: `byte`, by constants that
// every fast form can do.
struct ConstantChannel {
  int32_t bias;
  FoldedFactor factor;
};
ConstantChannel ForByte(int byte, int zero_point) {
  // 4 n * 2^30 / 2^33 = n / 2, whose doubled half is n without a rest.
  return {8 * (byte - zero_point), {1 << 30, 2}};
}

// The fast form that does all channels, or the exact one.
mcu_rounding ChooseRounding(Rounding rounding, const std::vector<int64_t>& bounds,
                            const std::vector<int8_t>& shifts, bool relu) {
  bool fits = true;
  int8_t smallest = std::numeric_limits<int8_t>::max();
  for (size_t c = 0; c < bounds.size(); ++c) {
    fits = fits && FitsFast(bounds[c], shifts[c]);
    smallest = std::min(smallest, shifts[c]);
  }
  if (rounding == Rounding::kSingle)
    return fits && smallest >= 2 ? MCU_ROUND_SINGLE_FAST : MCU_ROUND_SINGLE;
  if (relu && fits && smallest >= 0) return MCU_ROUND_RELU_FAST;
  return fits && smallest >= 1 ? MCU_ROUND_DOUBLE_FAST : MCU_ROUND_DOUBLE;
}

// Of values of at most `bound` in magnitude.
mcu_rounding SimpleRounding(FoldedFactor factor, int64_t bound) {
  const bool fast = factor.right_shift >= 1 && FitsFast(bound, factor.right_shift);
  return fast ? MCU_ROUND_DOUBLE_FAST : MCU_ROUND_DOUBLE;
}

}  // namespace

FoldedConstants FoldConstants(const QuantizedNetwork& network, int index) {
  const Operator& op = network.network.op(index);
  const QuantizedParameters& p = network.parameters_of(index);
  const size_t channels = static_cast<size_t>(op.out.channels);
  MCUNAS_CHECK(static_cast<int64_t>(p.weights.size()) == OperatorWeights(op) &&
                   p.bias.size() == channels &&
                   (p.weight_scales.size() == channels || p.weight_scales.size() == 1),
               "parameters do not match the operator");
  const std::vector<int8_t> rows = ChannelMajor(op, p.weights);
  const size_t depth = rows.size() / channels;
  // Not every output of a transposed convolution meets every weight: its bias stays as it is.
  const int64_t zero_point =
      op.kind == OpKind::kTransposeConv ? 0 : network.tensor(op.inputs[0]).zero_point;
  const std::vector<FixedMultiplier> multipliers = OutputMultipliers(network, index);
  const Clamp clamp = ActivationClamp(op.activation, p.output);
  FoldedConstants result;
  std::vector<int64_t> bounds;
  for (size_t c = 0; c < channels; ++c) {
    const std::span<const int8_t> row(&rows[c * depth], depth);
    int64_t sum = 0;
    for (int8_t w : row) sum += w;
    int64_t bias = p.bias[c] - zero_point * sum;
    FoldedFactor factor = Fold(multipliers[c], p.rounding);
    const bool constant = std::all_of(row.begin(), row.end(), [](int8_t w) { return w == 0; });
    if (constant) {
      const int64_t scaled = mcu_multiply_exact(p.bias[c], factor.multiplier, factor.right_shift,
                                                p.rounding == Rounding::kSingle);
      const int64_t byte = std::clamp<int64_t>(scaled + p.output.zero_point, clamp.low, clamp.high);
      const ConstantChannel replaced = ForByte(static_cast<int>(byte), p.output.zero_point);
      bias = replaced.bias;
      factor = replaced.factor;
    }
    bounds.push_back(AccumulatorBound(op, row, bias));
    // What always rounds to 0 needs no shift that the fast forms cannot do.
    const bool vanishes = factor.right_shift > 1 &&
                          bounds.back() < (int64_t{1} << (std::min(factor.right_shift, 31) - 1));
    if (factor.multiplier == 0 || vanishes) factor = {0, 2};
    result.bias.push_back(static_cast<int32_t>(static_cast<uint32_t>(bias)));
    result.multiplier.push_back(factor.multiplier);
    result.right_shift.push_back(static_cast<int8_t>(factor.right_shift));
  }
  result.weights = op.weight_bits == 4 ? PackWeights(op, rows, KernelOrder(op, rows, channels))
                                       : KernelOrder(op, rows, channels);
  result.rounding =
      ChooseRounding(p.rounding, bounds, result.right_shift, clamp.low == p.output.zero_point);
  return result;
}

std::vector<int8_t> SliceWeights(const QuantizedNetwork& network, int index,
                                 const ChannelSlice& slice) {
  const Operator& op = network.network.op(index);
  const std::vector<int8_t> rows = ChannelMajor(op, network.parameters_of(index).weights);
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

FoldedProduct FoldProduct(const QuantizedNetwork& network, int op) {
  const FoldedFactor factor = Fold(ProductMultiplier(network, op), Rounding::kDouble);
  return {factor, SimpleRounding(factor, 255 * 255)};
}

FoldedProduct FoldMean(const QuantizedNetwork& network, int index) {
  const Operator& op = network.network.op(index);
  const FoldedFactor factor = Fold(MeanMultiplier(network, index), Rounding::kDouble);
  const int64_t count = op.kind == OpKind::kGlobalAveragePool
                            ? int64_t{op.in.height} * op.in.width
                            : int64_t{op.kernel.height} * op.kernel.width;
  return {factor, SimpleRounding(factor, 255 * count)};
}

std::vector<int8_t> LookupTable(const QuantizedNetwork& network, int op) {
  const Operator& whole = network.network.op(op);
  if (!IsFunctionOfByte(whole)) return {};
  // The operator on a map of one row that holds every byte.
  QuantizedNetwork one;
  one.rounding_mode = network.rounding_mode;
  one.input = network.tensor(whole.inputs[0]);
  one.network.input = {1, 256, 1};
  one.network.operators = {whole};
  one.network.operators[0].inputs = {kNetworkInput};
  one.network.operators[0].in = one.network.operators[0].out = one.network.input;
  one.parameters = {network.parameters_of(op)};
  std::vector<int8_t> bytes(256);
  for (int i = 0; i < 256; ++i) bytes[Index(i)] = static_cast<int8_t>(i);
  return RunReference(one, bytes);
}

std::vector<int32_t> ExponentialTable(const QuantizedNetwork& network, int op) {
  if (network.network.op(op).kind != OpKind::kSoftmax) return {};
  const SoftmaxConstants c = DeriveSoftmaxConstants(network, op);
  std::vector<int32_t> table(256, 0);
  for (int d = 0; d < 256 && -d >= c.smallest; ++d) {
    const int32_t shifted = -d * (int32_t{1} << c.input.shift);
    table[Index(d)] =
        ExpOfNegative(SaturatingRoundingDoublingHighMul(shifted, c.input.multiplier), 5);
  }
  return table;
}

namespace {

std::vector<int16_t> Picked(const Operator& op, const ResizeAxis& axis) {
  std::vector<int16_t> indices;
  if (op.kind != OpKind::kResizeNearest || ResizesEvenly(op)) return indices;
  for (int o = 0; o < axis.out; ++o) indices.push_back(static_cast<int16_t>(NearestIndex(axis, o)));
  return indices;
}

}  // namespace

std::vector<int16_t> PickedRows(const Operator& op) { return Picked(op, ResizeRows(op)); }
std::vector<int16_t> PickedColumns(const Operator& op) { return Picked(op, ResizeColumns(op)); }

std::vector<int8_t> ConstantTable(const QuantizedNetwork& network, int op) {
  if (network.network.op(op).constants <= 1) return {};
  return network.parameters_of(op).weights;
}

}  // namespace mcunas
