// Folds what a network computes in vain: channels that are the same for every input, and channels
// that nobody reads. Outputs keep every byte.
//
// Forward: intervals of the values of each channel (value_ranges.h) find the constant ones: all
// weights zero, or an activation that cuts off all that the weights can reach. A constant that a
// convolution reads becomes part of its biases; at a padded border only if it is the zero point
// there, for that is what padding stands for. Backward: a channel that no operator reads any more
// is not computed, and so on up to the network's input. Channels that one operator demands in equal
// number (sums, depthwise convolutions, pools, concatenations) go together or not at all. Then
// operands that are constant as a whole become constants, operators that change nothing go, and all
// starts again until nothing changes.
//
// Known from the MLPerf Tiny submissions of 2023, where the visual wake words model halves.
#pragma once

#include <vector>

#include "common/units.h"
#include "network/quantized_network.h"

namespace mcunas {

struct FoldOptions {
  // Channels left of a tensor are made a multiple of this by keeping some as zeros, where the
  // tensor has that many; 1 = as few as possible. 2: pointwise kernels compute two channels at a
  // time; of 1, 2 and 4 it needs the fewest instructions on the models that have such channels.
  int channel_multiple = 2;
};

struct FoldReport {
  Macs macs_before, macs_after;
  Macs least_macs;  // with channel_multiple = 1
  // Output channels of the operators with weights.
  int64_t channels_before = 0, channels_after = 0;
  int64_t constant_channels = 0;  // of channels_before: the same for every input, at every pixel
  int operators_before = 0, operators_after = 0;

  int64_t channels_removed() const { return channels_before - channels_after; }
  int operators_removed() const { return operators_before - operators_after; }
  bool changed() const { return channels_removed() > 0 || operators_removed() > 0; }
};

struct FoldedNetwork {
  QuantizedNetwork network;
  FoldReport report;
};

// Input and outputs keep shape, quantisation and bytes; where nothing can be folded the network is
// the given one, to the last field. No accumulator grows: the law that |accumulator| stays below
// 2^30 for every int8 input holds afterwards where it did before, and where an operator breaks it,
// that operator is left alone, and so is a network with over 2^20 channels in all tensors together,
// or with several inputs.
// VerifyNetwork holds before and after. Cost: a few passes over the weights; nothing that grows
// with the size of maps.
FoldedNetwork FoldChannels(const QuantizedNetwork& network, const FoldOptions& options = {});

}  // namespace mcunas
