#include "engine/passes/weight_reads.h"

#include <algorithm>
#include <cstdlib>

#include "common/index.h"

namespace mcunas {
namespace {

constexpr int64_t kAccumulatorLimit = int64_t{1} << 30;

void AddProduct(int weight, int low, int high, AccumulatorRange* sum) {
  const int64_t a = int64_t{weight} * low, b = int64_t{weight} * high;
  sum->low += std::min(a, b);
  sum->high += std::max(a, b);
}

}  // namespace

WeightReads::WeightReads(const QuantizedNetwork& network, int index, const ChannelRanges& input)
    : op_(network.network.op(index)),
      p_(network.parameters_of(index)),
      input_(input),
      zero_point_(network.tensor(op_.inputs[0]).zero_point),
      cover_(CoverOfTaps(op_)),
      sound_(KeepsAccumulatorsSmall()) {}

WeightReads::Cover WeightReads::CoverAlong(int first, int stride, int outputs, int size) {
  int inside = 0;
  for (int o = 0; o < outputs; ++o) {
    const int position = first + o * stride;
    inside += position >= 0 && position < size;
  }
  if (inside == 0) return Cover::kNever;
  return inside == outputs ? Cover::kAlways : Cover::kSometimes;
}

std::vector<WeightReads::Cover> WeightReads::CoverOfTaps(const Operator& op) {
  if (op.kind == OpKind::kFullyConnected)
    return {static_cast<size_t>(op.in.height) * op.in.width, Cover::kAlways};
  std::vector<Cover> cover;
  for (int ky = 0; ky < op.kernel.height; ++ky) {
    const Cover rows = CoverAlong(ky * op.dilation.height - op.padding.top, op.stride.height,
                                  op.out.height, op.in.height);
    for (int kx = 0; kx < op.kernel.width; ++kx) {
      const Cover columns = CoverAlong(kx * op.dilation.width - op.padding.left, op.stride.width,
                                       op.out.width, op.in.width);
      cover.push_back(std::max(rows, columns));
    }
  }
  return cover;
}

bool WeightReads::KeepsAccumulatorsSmall() const {
  for (int o = 0; o < op_.out.channels; ++o) {
    const int64_t bias = p_.bias[Index(o)];
    AccumulatorRange sum{bias, bias};
    ForEachWeight(o, [&](size_t weight, int, int) {
      AddProduct(p_.weights[weight], -128 - zero_point_, 127 - zero_point_, &sum);
    });
    if (std::max(sum.high, -sum.low) >= kAccumulatorLimit) return false;
  }
  return true;
}

Read WeightReads::ReadOf(size_t weight, int channel, int tap) const {
  if (p_.weights[weight] == 0) return Read::kNothing;
  if (!sound_) return Read::kValue;
  const Cover cover = cover_[Index(tap)];
  const ValueRange range = input_[Index(channel)];
  if (cover == Cover::kNever) return Read::kNothing;
  if (!range.constant()) return Read::kValue;
  if (range.low == zero_point_) return Read::kNothing;
  return cover == Cover::kAlways ? Read::kConstant : Read::kValue;
}

AccumulatorRange WeightReads::Accumulator(int output) const {
  const int64_t bias = p_.bias[Index(output)];
  AccumulatorRange sum{bias, bias};
  ForEachWeight(output, [&](size_t weight, int channel, int tap) {
    const Cover cover = cover_[Index(tap)];
    if (cover == Cover::kNever) return;
    const ValueRange range = input_[Index(channel)];
    int low = range.low - zero_point_, high = range.high - zero_point_;
    if (cover == Cover::kSometimes) {  // padding counts as the zero point
      low = std::min(low, 0);
      high = std::max(high, 0);
    }
    AddProduct(p_.weights[weight], low, high, &sum);
  });
  return sum;
}

}  // namespace mcunas
