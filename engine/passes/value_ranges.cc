#include "engine/passes/value_ranges.h"

#include <algorithm>
#include <cstdlib>
#include <span>
#include <utility>

#include "common/check.h"
#include "common/index.h"
#include "engine/arithmetic/requantization.h"
#include "engine/codegen/fold_constants.h"
#include "engine/passes/channel_relation.h"
#include "engine/passes/weight_reads.h"
#include "engine/reference/interpreter.h"

namespace mcunas {
namespace {

constexpr ValueRange kNothingYet = {127, -128};

ValueRange Hull(ValueRange a, ValueRange b) {
  return {std::min(a.low, b.low), std::max(a.high, b.high)};
}

Clamp ClampOf(const QuantizedNetwork& network, int index) {
  return ActivationClamp(network.network.op(index).activation, network.parameters_of(index).output);
}

// Whether a sum of this size leaves 32 bits when it is shifted to the left.
bool Wraps(int64_t largest, FixedMultiplier m) {
  return largest >= (int64_t{1} << 31) >> std::max(m.shift, 0);
}

// The multiplier is not negative: both ends of the sum give both ends of the values.
ValueRange Requantised(const AccumulatorRange& sum, FixedMultiplier m, Rounding rounding,
                       int zero_point, const Clamp& clamp) {
  if (Wraps(std::max(sum.high, -sum.low), m)) return {clamp.low, clamp.high};
  const auto value = [&](int64_t end) {
    const int64_t scaled = MultiplyByQuantizedMultiplier(static_cast<int32_t>(end), m, rounding);
    return static_cast<int>(std::clamp<int64_t>(scaled + zero_point, clamp.low, clamp.high));
  };
  return {value(sum.low), value(sum.high)};
}

ChannelRanges WeightedRanges(const QuantizedNetwork& network, int index,
                             const ChannelRanges& input) {
  const Operator& op = network.network.op(index);
  const QuantizedParameters& p = network.parameters_of(index);
  const Clamp clamp = ClampOf(network, index);
  const WeightReads reads(network, index, input);
  const std::vector<FixedMultiplier> multipliers = OutputMultipliers(network, index);
  ChannelRanges ranges;
  for (int o = 0; o < op.out.channels; ++o) {
    if (!reads.sound()) {
      ranges.push_back({clamp.low, clamp.high});
      continue;
    }
    ranges.push_back(Requantised(reads.Accumulator(o), multipliers[Index(o)], p.rounding,
                                 p.output.zero_point, clamp));
  }
  return ranges;
}

ChannelRanges TableRanges(const std::vector<int8_t>& table, const ChannelRanges& input) {
  ChannelRanges ranges;
  for (const ValueRange& range : input) {
    ValueRange values = kNothingYet;
    for (int value = range.low; value <= range.high; ++value) {
      const int entry = table[static_cast<uint8_t>(value)];
      values = Hull(values, {entry, entry});
    }
    ranges.push_back(values);
  }
  return ranges;
}

// Whether the 32 bits before requantisation can overflow to the left, so that nothing rises or
// falls.
bool MayWrap(const QuantizedNetwork& network, int index) {
  constexpr int64_t kProduct = 255 * 255, kSum = int64_t{1} << 28;  // of two operands
  const OpKind kind = network.network.op(index).kind;
  if (kind == OpKind::kAdd || kind == OpKind::kAddConstant)
    return Wraps(kSum, DeriveAddConstants(network, index).output);
  return Wraps(kProduct, ProductMultiplier(network, index));
}

// A map that has the lowest, or highest, value of each channel at every pixel.
std::vector<int8_t> Extreme(const Shape& shape, const ChannelRanges& ranges, bool high) {
  std::vector<int8_t> map;
  for (int64_t i = 0; i < int64_t{shape.height} * shape.width; ++i) {
    for (const ValueRange& range : ranges)
      map.push_back(static_cast<int8_t>(high ? range.high : range.low));
  }
  return map;
}

// A sum or product as a network of its own, behind a reshape that stands for the second operand. On
// one pixel, where no constant knows one pixel from another.
QuantizedNetwork Alone(const QuantizedNetwork& network, int index) {
  Operator op = network.network.op(index);
  if (op.constants <= op.in.channels) op.in = op.out = {1, 1, op.in.channels};
  Operator second;
  second.kind = OpKind::kReshape;
  second.inputs = {kNetworkInput};
  second.in = second.out = op.in;
  QuantizedNetwork alone;
  alone.rounding_mode = network.rounding_mode;
  alone.network.input = op.in;
  alone.input = network.tensor(op.inputs[0]);
  alone.parameters.resize(1);
  alone.parameters[0].output = SecondOperand(network, index);
  alone.parameters.push_back(network.parameters_of(index));
  op.inputs[0] = kNetworkInput;
  if (op.inputs.size() > 1) op.inputs[1] = 0;
  op.broadcast = false;
  alone.network.operators = {std::move(second), std::move(op)};
  return alone;
}

// Sums and products rise or fall with each operand: the hull of what the reference makes of all
// combinations of their ends.
ChannelRanges RangesFromEnds(const QuantizedNetwork& network, int index,
                             const std::vector<const ChannelRanges*>& operands) {
  const size_t channels = static_cast<size_t>(network.network.op(index).out.channels);
  const bool alike = std::all_of(operands.begin(), operands.end(),
                                 [&](const ChannelRanges* o) { return o->size() == channels; });
  if (!alike || MayWrap(network, index)) return ChannelRanges(channels);
  const QuantizedNetwork alone = Alone(network, index);
  ChannelRanges ranges(channels, kNothingYet);
  for (unsigned ends = 0; ends < 1u << operands.size(); ++ends) {
    std::vector<std::vector<int8_t>> maps;
    for (size_t k = 0; k < operands.size(); ++k)
      maps.push_back(Extreme(alone.network.input, *operands[k], (ends >> k & 1) != 0));
    const std::vector<int8_t> output = RunReferenceOperator(alone, 1, {maps.begin(), maps.end()});
    for (size_t i = 0; i < output.size(); ++i) {
      ValueRange& range = ranges[i % channels];
      range = Hull(range, {output[i], output[i]});
    }
  }
  return ranges;
}

// Of an operator that treats each channel by itself: the hull of what the reference makes of all
// bytes that come in.
ChannelRanges RangesFromBytes(const QuantizedNetwork& network, int index,
                              const ChannelRanges& input) {
  const QuantizedNetwork alone = Alone(network, index);
  ChannelRanges ranges(input.size(), kNothingYet);
  for (int value = -128; value <= 127; ++value) {
    const std::vector<int8_t> map(input.size(), static_cast<int8_t>(value));
    const std::vector<int8_t> output = RunReferenceOperator(alone, 1, {map});
    for (size_t c = 0; c < input.size(); ++c)
      if (value >= input[c].low && value <= input[c].high)
        ranges[c] = Hull(ranges[c], {output[c], output[c]});
  }
  return ranges;
}

// Of pools and enlargements that do not rescale: nothing beyond the ends of what they read.
ChannelRanges ClampedRanges(const QuantizedNetwork& network, int index,
                            const ChannelRanges& input) {
  const Clamp clamp = ClampOf(network, index);
  ChannelRanges ranges;
  for (const ValueRange& range : input)
    ranges.push_back({std::clamp(range.low, clamp.low, clamp.high),
                      std::clamp(range.high, clamp.low, clamp.high)});
  return ranges;
}

// Windows at a padded border have fewer values than others; one, at least.
ChannelRanges MeanRanges(const QuantizedNetwork& network, int index, const ChannelRanges& input) {
  const Operator& op = network.network.op(index);
  const QuantizedParameters& p = network.parameters_of(index);
  const int64_t most = op.kind == OpKind::kGlobalAveragePool
                           ? int64_t{op.in.height} * op.in.width
                           : int64_t{op.kernel.height} * op.kernel.width;
  const int64_t fewest = op.padding == 0 ? most : 1;
  const int zero_point = network.tensor(op.inputs[0]).zero_point;
  const FixedMultiplier multiplier = MeanMultiplier(network, index);
  ChannelRanges ranges;
  for (const ValueRange& range : input) {
    const int64_t low = range.low - zero_point, high = range.high - zero_point;
    const AccumulatorRange sum = {std::min(low * fewest, low * most),
                                  std::max(high * fewest, high * most)};
    ranges.push_back(
        Requantised(sum, multiplier, p.rounding, p.output.zero_point, ClampOf(network, index)));
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

ChannelRanges AnyValues(const Operator& op) {
  return ChannelRanges(static_cast<size_t>(op.out.channels));
}

ChannelRanges OutputRanges(const QuantizedNetwork& network, int index,
                           const std::vector<const ChannelRanges*>& operands) {
  const Operator& op = network.network.op(index);
  if (ReadsByWeight(op.kind)) return WeightedRanges(network, index, *operands[0]);
  switch (op.kind) {
    case OpKind::kAdd:
    case OpKind::kMultiply:
    case OpKind::kAddConstant:
    case OpKind::kMultiplyConstant:
      return RangesFromEnds(network, index, operands);
    case OpKind::kPRelu:
      return RangesFromBytes(network, index, *operands[0]);
    case OpKind::kAveragePool:
    case OpKind::kGlobalAveragePool:
      return network.parameters_of(index).mean ? MeanRanges(network, index, *operands[0])
                                               : ClampedRanges(network, index, *operands[0]);
    case OpKind::kMaxPool:
    case OpKind::kResizeNearest:
      return ClampedRanges(network, index, *operands[0]);
    case OpKind::kReshape:
      return ReshapedRanges(op, *operands[0]);
    case OpKind::kConcatenation:
      return JoinedRanges(operands);
    case OpKind::kLogistic:
    case OpKind::kTanh:
    case OpKind::kHardSwish:
    case OpKind::kLeakyRelu:
    case OpKind::kRequantize:
    case OpKind::kSubtractConstant:
    case OpKind::kMaximumConstant:
    case OpKind::kMinimumConstant:
      if (IsFunctionOfByte(op)) return TableRanges(LookupTable(network, index), *operands[0]);
      return AnyValues(op);
    case OpKind::kSubtract:
    case OpKind::kMaximum:
    case OpKind::kMinimum:
    case OpKind::kSoftmax:
    case OpKind::kSlice:
    case OpKind::kPad:
    case OpKind::kResizeBilinear:
    case OpKind::kTransposeConv:
      return AnyValues(op);
    case OpKind::kConv:
    case OpKind::kPointwise:
    case OpKind::kDepthwise:
    case OpKind::kFullyConnected:
      break;  // reads by weight
  }
  MCUNAS_CHECK(false, "an operator whose values are not understood");
}

}  // namespace

ValueRanges FindValueRanges(const QuantizedNetwork& network) {
  const int count = network.network.operator_count();
  PerTensor<ChannelRanges> tensors(count);  // pointers to the operands' ranges stay valid
  tensors[kNetworkInput] = ChannelRanges(Index(network.network.input.channels));
  for (int i = 0; i < count; ++i) {
    std::vector<const ChannelRanges*> operands;
    for (int tensor : network.network.op(i).inputs) operands.push_back(&tensors[tensor]);
    tensors[i] = OutputRanges(network, i, operands);
  }
  return ValueRanges(std::move(tensors));
}

}  // namespace mcunas
