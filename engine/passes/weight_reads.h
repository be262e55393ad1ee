// What an operator with weights reads of its input, weight by weight.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/passes/value_ranges.h"
#include "network/quantized_network.h"

namespace mcunas {

enum class Read {
  kNothing,   // the product is zero at every pixel
  kConstant,  // the product is the same at every pixel, for every input: bias
  kValue,     // the channel's value counts
};

struct AccumulatorRange {
  int64_t low = 0;
  int64_t high = 0;
};

// Lives no longer than network and ranges.
class WeightReads {
 public:
  WeightReads(const QuantizedNetwork& network, int index, const ChannelRanges& input);

  // Calls visit(index of the weight, input channel, Read) for the weights of an output channel, in
  // the order of the input.
  template <typename Visit>
  void ForEach(int output, Visit visit) const;

  // All that the accumulator of an output channel can be. Meaningless where !sound().
  AccumulatorRange Accumulator(int output) const;

  // Whether |accumulator| stays below 2^30 for every int8 input. Where it does not, nothing is said
  // of the sums, and every weight reads.
  bool sound() const { return sound_; }

 private:
  // Whether the input pixel under a tap lies on the map, over all output pixels.
  enum class Cover { kAlways, kSometimes, kNever };

  static std::vector<Cover> CoverOfTaps(const Operator& op);
  static Cover CoverAlong(int first, int stride, int outputs, int size);
  bool KeepsAccumulatorsSmall() const;
  Read ReadOf(size_t weight, int channel, int tap) const;
  // Calls visit(index of the weight, input channel, tap).
  template <typename Visit>
  void ForEachWeight(int output, Visit visit) const;

  const Operator& op_;
  const QuantizedParameters& p_;
  const ChannelRanges& input_;
  int zero_point_;
  std::vector<Cover> cover_;  // by tap
  bool sound_;
};

template <typename Visit>
void WeightReads::ForEachWeight(int output, Visit visit) const {
  const int inputs = op_.in.channels, outputs = op_.out.channels;
  const int taps = static_cast<int>(cover_.size());
  if (op_.kind == OpKind::kDepthwise) {
    const int channel = output / (outputs / inputs);
    for (int tap = 0; tap < taps; ++tap)
      visit(static_cast<size_t>(tap) * outputs + output, channel, tap);
    return;
  }
  // The pixels of a fully connected operator's input count as taps.
  size_t weight = static_cast<size_t>(output) * taps * inputs;
  for (int tap = 0; tap < taps; ++tap) {
    for (int channel = 0; channel < inputs; ++channel) visit(weight++, channel, tap);
  }
}

template <typename Visit>
void WeightReads::ForEach(int output, Visit visit) const {
  ForEachWeight(output, [&](size_t weight, int channel, int tap) {
    visit(weight, channel, ReadOf(weight, channel, tap));
  });
}

}  // namespace mcunas
