// Which values each channel of each tensor can take, over all inputs and all pixels.
//
// Interval arithmetic (Moore, "Interval Analysis", 1966) from the network's input, which takes all
// of int8, through every operator. Sound, not tight: correlations between channels are not seen.
#pragma once

#include <vector>

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
  explicit ValueRanges(std::vector<ChannelRanges> tensors) : tensors_(std::move(tensors)) {}

  const ChannelRanges& of(int tensor) const { return tensors_[static_cast<size_t>(tensor + 1)]; }
  ValueRange of(int tensor, int channel) const { return of(tensor)[static_cast<size_t>(channel)]; }

 private:
  std::vector<ChannelRanges> tensors_;  // [tensor + 1]
};

// Kinds that are unknown here may give anything.
ValueRanges FindValueRanges(const QuantizedNetwork& network);

}  // namespace mcunas
