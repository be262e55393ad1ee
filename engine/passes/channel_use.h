// Which channels a network needs: backward liveness over channels.
#pragma once

#include "engine/passes/channel_sets.h"
#include "engine/passes/value_ranges.h"
#include "network/quantized_network.h"

namespace mcunas {

struct ChannelUse {
  // Channels whose values reach an output.
  ChannelSets demanded;
  // Those and what must stand beside them: channels tied to them, one channel where an operator
  // needs some input, filling up to a multiple. An operator without any is not needed.
  ChannelSets present;
};

// `multiple`: FoldOptions::channel_multiple.
ChannelUse FindChannelUse(const QuantizedNetwork& network, const ValueRanges& ranges, int multiple);

}  // namespace mcunas
