// The network with the channels that are present, and without operators that have none.
#pragma once

#include "engine/passes/channel_use.h"

namespace mcunas {

// Whether RemoveChannels would leave anything out.
bool HasAbsentChannels(const Network& network, const ChannelSets& present);

// `ranges` and `use` are those of the network. Constants that demanded channels read go into their
// biases; channels that are constant, or present but not demanded, become a bias without weights.
// Every demanded channel keeps its bytes.
QuantizedNetwork RemoveChannels(const QuantizedNetwork& network, const ValueRanges& ranges,
                                const ChannelUse& use);

}  // namespace mcunas
