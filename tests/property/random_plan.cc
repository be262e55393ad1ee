#include "tests/property/random_plan.h"

#include <algorithm>
#include <vector>

#include "memory_model/planner/channel_tiles.h"
#include "memory_model/planner/group_layout.h"
#include "memory_model/planner/group_scan.h"
#include "memory_model/scratch.h"
#include "network/operator_counts.h"

namespace mcunas {
namespace {

PlanGroup SomeVariant(const StreamFacts& facts, int last, RandomStream* random) {
  PlanGroup variant;
  variant.mode = GroupMode::kRowStream;
  const int width = facts.op(last).width;
  const int height = facts.op(last).height;
  if (random->Chance(0.6)) variant.segment = static_cast<int>(random->Between(1, 9));
  const int kind = static_cast<int>(random->Below(4));
  if (kind == 2 && width > 1) {
    variant.mode = GroupMode::kStrips;
    variant.strips = static_cast<int>(random->Between(2, std::min(6, width)));
  }
  if (kind == 3 && width > 1 && height > 1) {
    variant.mode = GroupMode::kPatches;
    variant.strips = static_cast<int>(random->Between(2, std::min(4, width)));
    variant.bands = static_cast<int>(random->Between(2, std::min(4, height)));
  }
  return variant;
}

// A group that ends with operator `last`.
PlanGroup SomeGroup(const StreamFacts& facts, InputMode input_mode, int last,
                    RandomStream* random) {
  if (last >= 2 && random->Chance(0.5)) {
    const std::vector<int> tiles = ChannelTileChoices(facts, last - 2);
    if (!tiles.empty())
      return {last - 2, last + 1, GroupMode::kChannelTiles, 1, 1, 0, random->Pick(tiles)};
  }
  PlanGroup group = SomeVariant(facts, last, random);
  GroupScan scan(facts, input_mode);
  scan.Restart(last, group);
  const int64_t longest = random->Between(1, 8);
  int64_t length = 0;
  while (length < longest && scan.Extend()) ++length;
  if (length == 0) return {last, last + 1, GroupMode::kLayerwise};
  group.first = scan.first();
  group.last = last + 1;
  return group;
}

}  // namespace

ExecutionPlan RandomPlan(const Network& network, InputMode input_mode, RandomStream* random) {
  const StreamFacts facts = ComputeStreamFacts(network);
  std::vector<PlanGroup> groups;
  int64_t macs = 0;
  for (int last = facts.count() - 1; last >= 0; last = groups.back().first - 1) {
    groups.push_back(SomeGroup(facts, input_mode, last, random));
    macs += DescribeGroup(facts, input_mode, groups.back()).cost.macs;
  }
  std::reverse(groups.begin(), groups.end());
  ExecutionPlan plan = LayOut(facts, input_mode, groups);
  plan.scratch = Bytes(NetworkScratchBytes(network));
  const int64_t layerwise = NetworkMacs(network).value;
  if (layerwise > 0) plan.macs_factor = static_cast<double>(macs) / static_cast<double>(layerwise);
  return plan;
}

}  // namespace mcunas
