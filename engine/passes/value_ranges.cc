#include "engine/passes/value_ranges.h"

#include <algorithm>
#include <cstdlib>
#include <span>
#include <utility>

#include "engine/codegen/fold_constants.h"
#include "engine/passes/channel_relation.h"
#include "engine/passes/weight_reads.h"
#include "engine/quantize/requantization.h"
#include "engine/reference/interpreter.h"

namespace mcunas {
namespace {

constexpr ValueRange kNothingYet = {127, -128};

ValueRange Hull(ValueRange a, ValueRange b) {
  return {std::min(a.low, b.low), std::max(a.high, b.high)};
}

// The multiplier is not negative: both ends of the sum give both ends of the values.
ValueRange Requantised(const AccumulatorRange& sum, FixedMultiplier m, Rounding rounding,
                       int zero_point, const Clamp& clamp) {
  const int64_t largest = std::max(sum.high, -sum.low);
  if (m.shift > 0 && largest >= (int64_t{1} << 31) >> m.shift)  // wraps around
    return {clamp.low, clamp.high};
  const auto value = [&](int64_t end) {
    const int64_t scaled = MultiplyByQuantizedMultiplier(static_cast<int32_t>(end), m, rounding);
    return static_cast<int>(std::clamp<int64_t>(scaled + zero_point, clamp.low, clamp.high));
  };
  return {value(sum.low), value(sum.high)};
}

ChannelRanges WeightedRanges(const QuantizedNetwork& network, int index,
                             const ChannelRanges& input) {
  const Operator& op = network.network.operators[static_cast<size_t>(index)];
  const QuantizedParameters& p = network.parameters[static_cast<size_t>(index)];
  const Clamp clamp = ActivationClamp(op.activation, p.output);
  const WeightReads reads(network, index, input);
  const std::vector<FixedMultiplier> multipliers = OutputMultipliers(network, index);
  ChannelRanges ranges;
  for (int o = 0; o < op.out.channels; ++o) {
    if (!reads.sound()) {
      ranges.push_back({clamp.low, clamp.high});
      continue;
    }
    ranges.push_back(Requantised(reads.Accumulator(o), multipliers[static_cast<size_t>(o)],
                                 p.rounding, p.output.zero_point, clamp));
  }
  return ranges;
}

ChannelRanges TableRanges(const std::vector<int8_t>& table, const ChannelRanges& input) {
  ChannelRanges ranges;
  for (const ValueRange& range : input) {
    const auto first = table.begin() + range.low + 128, last = table.begin() + range.high + 129;
    const auto [low, high] = std::minmax_element(first, last);
    ranges.push_back({*low, *high});
  }
  return ranges;
}

// A map that has the lowest, or highest, value of each channel at every pixel.
std::vector<int8_t> Extreme(const Shape& shape, const ChannelRanges& ranges, bool high) {
  std::vector<int8_t> pixel;
  for (const ValueRange& range : ranges)
    pixel.push_back(static_cast<int8_t>(high ? range.high : range.low));
  std::vector<int8_t> map;
  map.reserve(static_cast<size_t>(shape.elements()));
  for (int64_t i = 0; i < int64_t{shape.height} * shape.width; ++i)
    map.insert(map.end(), pixel.begin(), pixel.end());
  return map;
}

// Whether the 32 bits before requantisation can overflow to the left, so that nothing rises or
// falls.
bool MayWrap(const QuantizedNetwork& network, int index) {
  constexpr int64_t kProduct = 255 * 255, kSum = int64_t{1} << 28;  // of two operands
  const Operator& op = network.network.operators[static_cast<size_t>(index)];
  const auto wraps = [](int64_t largest, FixedMultiplier m) {
    return m.shift > 0 && largest >= (int64_t{1} << 31) >> m.shift;
  };
  switch (op.kind) {
    case OpKind::kAdd:
    case OpKind::kAddConstant:
      return wraps(kSum, DeriveAddConstants(network, index).output);
    case OpKind::kMultiply:
    case OpKind::kMultiplyConstant:
      return wraps(kProduct, ProductMultiplier(network, index));
    case OpKind::kAveragePool:
    case OpKind::kGlobalAveragePool:
      return network.parameters[static_cast<size_t>(index)].mean &&
             wraps(255 * op.in.elements(), MeanMultiplier(network, index));
    default:
      return false;
  }
}

// Of an operator that rises or falls with each of its one or two operands: what the reference makes
// of all combinations of their ends.
ChannelRanges RangesFromEnds(const QuantizedNetwork& network, int index,
                             const std::vector<const ChannelRanges*>& operands) {
  const Operator& op = network.network.operators[static_cast<size_t>(index)];
  if (MayWrap(network, index)) return ChannelRanges(static_cast<size_t>(op.out.channels));
  ChannelRanges ranges(static_cast<size_t>(op.out.channels), kNothingYet);
  for (unsigned ends = 0; ends < 1u << operands.size(); ++ends) {
    std::vector<std::vector<int8_t>> maps;
    for (size_t k = 0; k < operands.size(); ++k) {
      maps.push_back(
          Extreme(network.network.tensor_shape(op.inputs[k]), *operands[k], (ends >> k & 1) != 0));
    }
    const std::vector<int8_t> output =
        RunReferenceOperator(network, index, {maps.begin(), maps.end()});
    for (size_t i = 0; i < output.size(); ++i) {
      ValueRange& range = ranges[i % ranges.size()];
      range = Hull(range, {output[i], output[i]});
    }
  }
  return ranges;
}

ChannelRanges ReshapedRanges(const Operator& op, const ChannelRanges& input) {
  const size_t period = static_cast<size_t>(ReshapePeriod(op));
  ChannelRanges shared(period, kNothingYet), ranges;
  for (size_t c = 0; c < input.size(); ++c) shared[c % period] = Hull(shared[c % period], input[c]);
  for (size_t o = 0; o < static_cast<size_t>(op.out.channels); ++o)
    ranges.push_back(shared[o % period]);
  return ranges;
}

ChannelRanges JoinedRanges(const std::vector<const ChannelRanges*>& operands) {
  ChannelRanges ranges;
  for (const ChannelRanges* operand : operands)
    ranges.insert(ranges.end(), operand->begin(), operand->end());
  return ranges;
}

ChannelRanges OutputRanges(const QuantizedNetwork& network, int index,
                           const std::vector<const ChannelRanges*>& operands) {
  const Operator& op = network.network.operators[static_cast<size_t>(index)];
  if (HasWeights(op.kind)) return WeightedRanges(network, index, *operands[0]);
  switch (op.kind) {
    case OpKind::kAdd:
    case OpKind::kMultiply:
    case OpKind::kAddConstant:
    case OpKind::kMultiplyConstant:
    case OpKind::kAveragePool:
    case OpKind::kGlobalAveragePool:
    case OpKind::kMaxPool:
    case OpKind::kResizeNearest:
      return RangesFromEnds(network, index, operands);
    case OpKind::kReshape:
      return ReshapedRanges(op, *operands[0]);
    case OpKind::kConcatenation:
      return JoinedRanges(operands);
    default:
      const std::vector<int8_t> table = LookupTable(network, index);
      if (!table.empty()) return TableRanges(table, *operands[0]);
      return ChannelRanges(static_cast<size_t>(op.out.channels));
  }
}

}  // namespace

ValueRanges FindValueRanges(const QuantizedNetwork& network) {
  const std::vector<Operator>& operators = network.network.operators;
  std::vector<ChannelRanges> tensors = {
      ChannelRanges(static_cast<size_t>(network.network.input.channels))};
  tensors.reserve(operators.size() + 1);  // pointers to the operands' ranges stay valid
  for (size_t i = 0; i < operators.size(); ++i) {
    std::vector<const ChannelRanges*> operands;
    for (int tensor : operators[i].inputs)
      operands.push_back(&tensors[static_cast<size_t>(tensor + 1)]);
    tensors.push_back(OutputRanges(network, static_cast<int>(i), operands));
  }
  return ValueRanges(std::move(tensors));
}

}  // namespace mcunas
