// Which values each channel of each tensor can take, over all inputs and all pixels.
//
// Interval arithmetic (Moore, "Interval Analysis", 1966) from the network's input, which takes all
// of int8, through every operator. Sound, not tight: correlations between channels are not seen.
#pragma once

#include <vector>

#include "common/index.h"
#include "network/quantized_network.h"

namespace mcunas {

struct ValueRange {
  int low = -128;
  int high = 127;

  bool constant() const { return low == high; }
  bool operator==(const ValueRange&) const = default;
};
using ChannelRanges = std::vector<ValueRange>;  // by channel

class ValueRanges {
 public:
  explicit ValueRanges(PerTensor<ChannelRanges> tensors) : tensors_(std::move(tensors)) {}

  const ChannelRanges& of(int tensor) const { return tensors_[tensor]; }
  ValueRange of(int tensor, int channel) const { return of(tensor)[Index(channel)]; }

 private:
  PerTensor<ChannelRanges> tensors_;
};

// Kinds that are unknown here may give anything.
ValueRanges FindValueRanges(const QuantizedNetwork& network);

}  // namespace mcunas
