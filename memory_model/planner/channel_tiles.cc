#include "memory_model/planner/channel_tiles.h"

#include <algorithm>

#include "common/index.h"
#include "memory_model/alignment.h"

namespace mcunas {
namespace {

constexpr int kTiles[] = {64, 32, 16, 8};  // even: the kernels' weights stand in pairs of channels

bool OnlyNextReads(const StreamFacts& facts, int tensor) {
  const TensorFacts& t = facts.tensor(tensor);
  return t.readers.size() == 1 && t.readers[0].op == tensor + 1 && t.last_use == tensor + 1;
}

TensorPlacement InnerRing(const StreamFacts& facts, int tensor, int tile) {
  TensorPlacement ring;
  const RowsAlive& rows = facts.tensor(tensor).readers[0].alone;
  ring.width = facts.tensor_width(tensor);
  ring.ring_pixels = int64_t{std::max({1, rows.growing, rows.complete})} * ring.width;
  ring.pixel_bytes = tile;
  return ring;
}

}  // namespace

std::vector<int> ChannelTileChoices(const StreamFacts& facts, int first) {
  if (first + 3 > facts.count()) return {};
  const auto kind = [&](int i) { return facts.network->op(i).kind; };
  const Operator& middle = facts.network->op(first + 1);
  const bool bottleneck =
      kind(first) == OpKind::kPointwise && kind(first + 1) == OpKind::kDepthwise &&
      kind(first + 2) == OpKind::kPointwise && middle.in.channels == middle.out.channels;
  // Runs of channels are not unpacked.
  for (int i = first; i < first + 3; ++i)
    if (facts.network->op(i).weight_bits != 8) return {};
  if (!bottleneck || !OnlyNextReads(facts, first) || !OnlyNextReads(facts, first + 1)) return {};
  const int channels = facts.network->op(first).out.channels;
  std::vector<int> tiles;
  for (int tile : kTiles)
    if (tile < channels) tiles.push_back(tile);
  return tiles;
}

GroupNeeds DescribeChannelTiles(const StreamFacts& facts, const PlanGroup& group) {
  GroupNeeds needs;
  const int last = group.last - 1;
  const Operator& project = facts.network->op(last);
  for (int t = group.first; t < last; ++t)
    needs.inner.push_back(InnerRing(facts, t, group.channel_tile));
  TensorPlacement out;
  out.width = project.out.width;
  out.ring_pixels = int64_t{project.out.height} * project.out.width;
  out.pixel_bytes = project.out.channels;
  needs.inner.push_back(out);
  needs.state_bytes = 4 * project.out.elements();  // the int8 output takes their place
  needs.cost.peak = facts.live_before[group.first] + needs.state_bytes;
  for (int t = group.first; t < last; ++t)
    needs.cost.peak += RoundUp(needs.inner[Index(t - group.first)].size(), kTensorAlignment);
  const int channels = facts.network->op(group.first).out.channels;
  const int64_t tiles = (channels + group.channel_tile - 1) / group.channel_tile;
  for (int i = group.first; i < group.last; ++i) {
    const OperatorFacts& op = facts.op(i);
    needs.cost.macs += op.macs_per_pixel * op.height * op.width;
  }
  // Every tile adds to all sums once more: a load, an addition and a store each.
  needs.cost.overhead = 3 * tiles * project.out.elements();
  return needs;
}

}  // namespace mcunas
