#include "memory_model/planner/plan_graph.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include "common/index.h"
#include "memory_model/planner/channel_tiles.h"

namespace mcunas {
namespace {

constexpr int kMostPatches = 4;  // per side
constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

// Widths of segments worth trying: every further halving saves less and costs more.
std::vector<int> SegmentChoices(int width, int smallest) {
  std::vector<int> choices;
  for (int segment : {(width + 1) / 2, (width + 3) / 4, 32, 16, 8, 4, 2, 1}) {
    const bool known = std::find(choices.begin(), choices.end(), segment) != choices.end();
    if (segment >= smallest && !known) choices.push_back(segment);
  }
  return choices;
}

}  // namespace

void PlanGraph::AddVariant(int last, const PlanGroup& variant, int64_t bound) {
  scan_.Restart(last, variant);
  while (scan_.Extend() && scan_.least_peak() <= bound) {
    if (scan_.widest() <= variant.segment) continue;  // no different from whole rows
    const std::optional<GroupCost> cost = scan_.CostWithin(bound);
    if (!cost) continue;
    PlanEdge edge{variant, *cost};
    edge.group.first = scan_.first();
    edge.group.last = last + 1;
    by_last_[Index(last) + 1].push_back(edge);
  }
}

void PlanGraph::AddLayerwise(int64_t bound) {
  for (int i = 0; i < facts_.count(); ++i) {
    scan_.Restart(i, PlanGroup{});
    scan_.Extend();
    std::optional<GroupCost> cost = scan_.CostWithin(bound);
    if (!cost) continue;
    cost->overhead = 0;
    by_last_[Index(i) + 1].push_back({PlanGroup{i, i + 1}, *cost});
  }
}

void PlanGraph::AddRowStreams(int64_t bound) {
  PlanGroup variant;
  variant.mode = GroupMode::kRowStream;
  for (int last = 0; last < facts_.count(); ++last) AddVariant(last, variant, bound);
}

void PlanGraph::AddSegments(int smallest, int64_t bound) {
  PlanGroup variant;
  variant.mode = GroupMode::kRowStream;
  for (int last = 0; last < facts_.count(); ++last) {
    for (int segment : SegmentChoices(facts_.op(last).width, smallest)) {
      variant.segment = segment;
      AddVariant(last, variant, bound);
    }
  }
}

void PlanGraph::AddStrips(int64_t bound) {
  PlanGroup variant;
  variant.mode = GroupMode::kStrips;
  for (int last = 0; last < facts_.count(); ++last) {
    for (int strips = 2; strips <= std::min(kMostStrips, facts_.op(last).width); ++strips) {
      variant.strips = strips;
      for (int segment : {0, 8, 4, 2}) {
        variant.segment = segment;
        AddVariant(last, variant, bound);
      }
    }
  }
}

void PlanGraph::AddPatches(int64_t bound) {
  PlanGroup variant;
  variant.mode = GroupMode::kPatches;
  for (int last = 0; last < facts_.count(); ++last) {
    const int side = std::min(facts_.op(last).width, facts_.op(last).height);
    for (int patches = 2; patches <= std::min(kMostPatches, side); ++patches) {
      variant.strips = variant.bands = patches;
      AddVariant(last, variant, bound);
    }
  }
}

void PlanGraph::AddChannelTiles(int64_t bound) {
  PlanGroup group;
  group.mode = GroupMode::kChannelTiles;
  for (int first = 0; first < facts_.count(); ++first) {
    for (int tile : ChannelTileChoices(facts_, first)) {
      group.first = first;
      group.last = first + 3;
      group.channel_tile = tile;
      const GroupCost cost = DescribeChannelTiles(facts_, group).cost;
      if (cost.peak <= bound) by_last_[Index(group.last)].push_back({group, cost});
    }
  }
}

std::optional<int64_t> PlanGraph::LeastPeak() const {
  std::vector<int64_t> peak(by_last_.size(), kNever);
  peak[0] = 0;
  for (size_t j = 1; j < by_last_.size(); ++j)
    for (const PlanEdge& edge : by_last_[j])
      peak[j] = std::min(peak[j], std::max(peak[Index(edge.group.first)], edge.cost.peak));
  if (peak.back() == kNever) return std::nullopt;
  return peak.back();
}

std::optional<PlanPath> PlanGraph::Cheapest(int64_t bound) const {
  struct Node {
    int64_t macs = kNever, overhead = kNever;
    const PlanEdge* edge = nullptr;
  };
  std::vector<Node> nodes(by_last_.size());
  nodes[0] = {0, 0, nullptr};
  for (size_t j = 1; j < by_last_.size(); ++j) {
    for (const PlanEdge& edge : by_last_[j]) {
      const Node& from = nodes[Index(edge.group.first)];
      if (edge.cost.peak > bound || from.macs == kNever) continue;
      const int64_t macs = from.macs + edge.cost.macs;
      const int64_t overhead = from.overhead + edge.cost.overhead;
      if (std::tie(macs, overhead) < std::tie(nodes[j].macs, nodes[j].overhead))
        nodes[j] = {macs, overhead, &edge};
    }
  }
  if (nodes.back().macs == kNever) return std::nullopt;
  PlanPath path{{}, 0, nodes.back().macs, nodes.back().overhead};
  for (size_t j = by_last_.size() - 1; j > 0; j = Index(nodes[j].edge->group.first)) {
    path.groups.push_back(nodes[j].edge->group);
    path.peak = std::max(path.peak, nodes[j].edge->cost.peak);
  }
  std::reverse(path.groups.begin(), path.groups.end());
  return path;
}

}  // namespace mcunas
