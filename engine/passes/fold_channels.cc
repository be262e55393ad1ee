#include "engine/passes/fold_channels.h"

#include <utility>

#include "common/check.h"
#include "engine/passes/channel_use.h"
#include "engine/passes/remove_channels.h"
#include "engine/passes/simplify_operators.h"
#include "engine/passes/value_ranges.h"
#include "network/operator_counts.h"
#include "network/verify.h"

namespace mcunas {
namespace {

// Of all tensors together. Networks for microcontrollers have a tenth of it.
constexpr int64_t kMostChannels = int64_t{1} << 20;

int64_t ChannelsOfAll(const Network& network) {
  int64_t channels = network.input.channels;
  for (const Operator& op : network.operators) channels += op.out.channels;
  return channels;
}

int64_t WeightedChannels(const Network& network) {
  int64_t channels = 0;
  for (const Operator& op : network.operators) channels += OperatorBiases(op);
  return channels;
}

// Of a network that is left as it is.
FoldReport ReportOf(const Network& network) {
  FoldReport report;
  report.macs_before = report.macs_after = report.least_macs = NetworkMacs(network);
  report.channels_before = report.channels_after = WeightedChannels(network);
  report.operators_before = report.operators_after = network.operator_count();
  return report;
}

int64_t ConstantChannels(const QuantizedNetwork& network) {
  const ValueRanges ranges = FindValueRanges(network);
  int64_t constant = 0;
  for (int i = 0; i < network.network.operator_count(); ++i) {
    if (!HasWeights(network.network.op(i).kind)) continue;
    for (const ValueRange& range : ranges.of(i)) constant += range.constant();
  }
  return constant;
}

// Every round makes the network smaller, so this ends.
QuantizedNetwork Fold(QuantizedNetwork network, int channel_multiple) {
  for (bool changed = true; changed;) {
    const ValueRanges ranges = FindValueRanges(network);
    changed = SimplifyOperators(ranges, &network);
    const ChannelUse use = FindChannelUse(network, ranges, channel_multiple);
    if (!HasAbsentChannels(network.network, use.present)) continue;
    network = RemoveChannels(network, ranges, use);
    changed = true;
  }
  return network;
}

}  // namespace

FoldedNetwork FoldChannels(const QuantizedNetwork& network, const FoldOptions& options) {
  MCUNAS_CHECK(options.channel_multiple >= 1, "a multiple is at least 1");
  FoldedNetwork folded{network, ReportOf(network.network)};
  if (ChannelsOfAll(network.network) > kMostChannels || !network.network.inputs.empty())
    return folded;
  folded.network = Fold(network, options.channel_multiple);
  const Network& after = folded.network.network;
  FoldReport& report = folded.report;
  report.macs_after = NetworkMacs(after);
  report.least_macs =
      options.channel_multiple == 1 ? report.macs_after : NetworkMacs(Fold(network, 1).network);
  report.channels_after = WeightedChannels(after);
  report.constant_channels = ConstantChannels(network);
  report.operators_after = static_cast<int>(after.operators.size());
  const auto verified = VerifyNetwork(after);
  MCUNAS_CHECK(verified.ok(), verified.error().message);
  return folded;
}

}  // namespace mcunas
