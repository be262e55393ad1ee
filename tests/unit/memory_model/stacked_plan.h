// Plans without cunning, for tests: every tensor and sum has a place of its own and all its pixels.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "memory_model/execution_plan.h"
#include "memory_model/judge/tile_extent.h"
#include "network/network.h"
#include "network/operator_counts.h"

namespace mcunas {

// Arena bytes that are free again behind everything placed so far.
inline void StackAgain(ExecutionPlan* plan) {
  int64_t next = 0;
  const auto take = [&](int64_t bytes) {
    const int64_t offset = next;
    next += (bytes + 3) / 4 * 4;
    return offset;
  };
  for (TensorPlacement& p : plan->tensors) p.offset = take(p.size());
  for (StatePlacement& s : plan->states) {
    const PlanGroup* group = nullptr;
    for (const PlanGroup& g : plan->groups)
      if (s.op >= g.first && s.op < g.last) group = &g;
    s.offset = take(s.bytes);
    if (group != nullptr && group->mode == GroupMode::kChannelTiles)
      plan->tensors[s.op].offset = s.offset;
  }
  plan->arena = Bytes((next + 7) / 8 * 8);
}

// `groups` must be legal. The MAC factor is the counted one.
inline ExecutionPlan StackedPlan(const Network& network, std::vector<PlanGroup> groups,
                                 InputMode mode = InputMode::kResident) {
  ExecutionPlan plan;
  plan.groups = std::move(groups);
  plan.input_mode = mode;
  plan.scratch = Bytes(1 << 16);
  const Shape in = network.input;
  plan.tensors.push_back({0, int64_t{in.height} * in.width, in.width, in.channels, 0});
  int64_t macs = 0;
  for (const PlanGroup& group : plan.groups) {
    std::vector<int> widest(static_cast<size_t>(group.last - group.first), 0);
    for (int band = 0; band < group.bands; ++band) {
      for (int strip = 0; strip < group.strips; ++strip) {
        const std::vector<TileExtent> tile = TileExtents(network, group, band, strip);
        for (size_t i = 0; i < tile.size(); ++i) {
          const Operator& op = network.operators[static_cast<size_t>(group.first) + i];
          widest[i] = std::max(widest[i], tile[i].end_column - tile[i].first_column);
          macs += OperatorMacs(op).value / (int64_t{op.out.height} * op.out.width) *
                  (op.kind == OpKind::kGlobalAveragePool ? 1 : tile[i].pixels());
        }
      }
    }
    for (int i = group.first; i < group.last; ++i) {
      const Operator& op = network.op(i);
      const bool inner = i < group.last - 1;
      const bool tiled = group.mode == GroupMode::kChannelTiles;
      const int width =
          inner && group.strips > 1 ? widest[static_cast<size_t>(i - group.first)] : op.out.width;
      plan.tensors.push_back({0, int64_t{op.out.height} * width, width,
                              inner && tiled ? group.channel_tile : op.out.channels, 0});
      if (op.kind == OpKind::kGlobalAveragePool)
        plan.states.push_back({i, 0, 4 * int64_t{op.out.channels}, 0});
      if (tiled && !inner) plan.states.push_back({i, 0, 4 * op.out.elements(), 0});
    }
  }
  const int64_t layerwise = NetworkMacs(network).value;
  if (layerwise > 0) plan.macs_factor = static_cast<double>(macs) / static_cast<double>(layerwise);
  StackAgain(&plan);
  return plan;
}

inline std::vector<PlanGroup> LayerwiseGroups(const Network& network) {
  std::vector<PlanGroup> groups;
  for (int i = 0; i < network.operator_count(); ++i)
    groups.push_back({i, i + 1, GroupMode::kLayerwise});
  return groups;
}

}  // namespace mcunas
