#include "engine/passes/remove_channels.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "common/check.h"
#include "common/index.h"
#include "engine/passes/channel_relation.h"
#include "engine/passes/weight_reads.h"

namespace mcunas {
namespace {

constexpr int64_t kAccumulatorLimit = int64_t{1} << 30;

// Weights and biases of all channels, with constants folded and nothing left that is not read.
void FoldConstants(const QuantizedNetwork& network, int index, const ValueRanges& ranges,
                   const ChannelUse& use, QuantizedParameters* p) {
  const Operator& op = network.network.op(index);
  const int input = op.inputs[0];
  const WeightReads reads(network, index, ranges.of(input));
  if (!reads.sound()) return;
  for (int o = 0; o < op.out.channels; ++o) {
    const bool demanded = use.demanded.has(index, o), constant = ranges.of(index, o).constant();
    const bool silent = !demanded || constant;
    int64_t bias = p->bias[Index(o)];
    if (!demanded) bias = 0;  // kernels take sums that vanish the fast way
    // Whatever the sum can be gives the constant; the lowest one does.
    if (demanded && constant) bias = reads.Accumulator(o).low;
    reads.ForEach(o, [&](size_t weight, int channel, Read read) {
      if (!silent && read == Read::kValue) return;
      if (!silent && read == Read::kConstant) {
        const int zero_point = network.tensor(input).zero_point;
        bias += int64_t{p->weights[weight]} * (ranges.of(input, channel).low - zero_point);
      }
      p->weights[weight] = 0;
    });
    MCUNAS_CHECK(bias < kAccumulatorLimit && bias > -kAccumulatorLimit,
                 "a folded bias is larger than any accumulator was");
    p->bias[Index(o)] = static_cast<int32_t>(bias);
  }
}

std::vector<int> ChannelsOf(const ChannelSets& present, int tensor) {
  std::vector<int> channels;
  for (int c = 0; c < present.size(tensor); ++c) {
    if (present.has(tensor, c)) channels.push_back(c);
  }
  return channels;
}

// The values that belong to `channels`, of a list in which `count` channels take turns.
template <typename T>
std::vector<T> Pick(const std::vector<T>& values, const std::vector<int>& channels, size_t count) {
  std::vector<T> picked;
  for (size_t first = 0; first < values.size(); first += count) {
    for (int c : channels) picked.push_back(values[first + Index(c)]);
  }
  return picked;
}

// The rows that belong to `channels`, of a list with one row for each.
std::vector<int8_t> PickRows(const std::vector<int8_t>& values, const std::vector<int>& channels,
                             size_t count) {
  const size_t row = values.size() / count;
  std::vector<int8_t> picked;
  for (int c : channels) {
    const auto first = values.begin() + static_cast<ptrdiff_t>(static_cast<size_t>(c) * row);
    picked.insert(picked.end(), first, first + static_cast<ptrdiff_t>(row));
  }
  return picked;
}

class Remover {
 public:
  Remover(const QuantizedNetwork& network, const ValueRanges& ranges, const ChannelUse& use)
      : network_(network), ranges_(ranges), use_(use) {}

  QuantizedNetwork Run() {
    const Network& old = network_.network;
    result_.network.name = old.name;
    result_.network.input = old.input;
    result_.input = network_.input;
    result_.rounding_mode = network_.rounding_mode;
    new_tensor_.push_back(kNetworkInput);
    for (int i = 0; i < old.operator_count(); ++i) {
      new_tensor_.push_back(result_.network.operator_count());
      if (use_.present.any(i)) Append(i);
    }
    for (int tensor : old.outputs) result_.network.outputs.push_back(new_tensor_[tensor]);
    return std::move(result_);
  }

 private:
  void Append(int index) {
    Operator op = network_.network.op(index);
    QuantizedParameters p = network_.parameters_of(index);
    const Shape old_in = op.in;
    const std::vector<int> in = ChannelsOf(use_.present, op.inputs[0]);
    const std::vector<int> out = ChannelsOf(use_.present, index);
    if (ReadsByWeight(op.kind)) {
      FoldConstants(network_, index, ranges_, use_, &p);
      PickWeights(op, in, out, &p);
    }
    op.inputs.clear();
    for (int tensor : network_.network.op(index).inputs) {
      if (use_.present.any(tensor)) op.inputs.push_back(new_tensor_[tensor]);
    }
    op.in = result_.network.tensor_shape(op.inputs[0]);
    op.out.channels = static_cast<int>(out.size());
    if (op.constants > 1) PickConstants(old_in, in, &op, &p);
    if (op.kind == OpKind::kConcatenation && op.inputs.size() == 1) op.kind = OpKind::kReshape;
    result_.network.operators.push_back(std::move(op));
    result_.parameters.push_back(std::move(p));
  }

  static void PickWeights(const Operator& old, const std::vector<int>& in,
                          const std::vector<int>& out, QuantizedParameters* p) {
    const size_t outputs = static_cast<size_t>(old.out.channels);
    if (old.kind == OpKind::kDepthwise) {
      p->weights = Pick(p->weights, out, outputs);
    } else {
      p->weights =
          Pick(PickRows(p->weights, out, outputs), in, static_cast<size_t>(old.in.channels));
    }
    p->bias = Pick(p->bias, out, outputs);
    if (p->weight_scales.size() > 1) p->weight_scales = Pick(p->weight_scales, out, outputs);
  }

  // One per channel or one per element.
  static void PickConstants(const Shape& old_in, const std::vector<int>& channels, Operator* op,
                            QuantizedParameters* p) {
    p->weights = Pick(p->weights, channels, static_cast<size_t>(old_in.channels));
    op->constants = static_cast<int64_t>(p->weights.size());
  }

  const QuantizedNetwork& network_;
  const ValueRanges& ranges_;
  const ChannelUse& use_;
  PerTensor<int> new_tensor_;
  QuantizedNetwork result_;
};

}  // namespace

bool HasAbsentChannels(const Network& network, const ChannelSets& present) {
  for (int i = 0; i < network.operator_count(); ++i) {
    if (!present.all(i)) return true;
  }
  return false;
}

QuantizedNetwork RemoveChannels(const QuantizedNetwork& network, const ValueRanges& ranges,
                                const ChannelUse& use) {
  return Remover(network, ranges, use).Run();
}

}  // namespace mcunas
