#include "memory_model/judge/placement_laws.h"

#include <algorithm>

#include "common/index.h"
#include "memory_model/judge/tile_extent.h"
#include "memory_model/scratch.h"

namespace mcunas {
namespace {

std::string Num(int64_t value) { return std::to_string(value); }

int64_t RegionSize(const ExecutionPlan& plan, int region) {
  if (region == 0) return plan.arena.value;
  const size_t index = Index(region) - 1;
  return region > 0 && index < plan.more_regions.size() ? plan.more_regions[index].value : -1;
}

// Part of a region that something occupies.
struct Range {
  int region = 0;
  int64_t offset = 0;
  int64_t bytes = 0;
};

void CheckRange(const ExecutionPlan& plan, int op, const std::string& what, const Range& range,
                PlanJudgement* judgement) {
  const std::string text = what + " at " + Num(range.offset);
  const int64_t size = RegionSize(plan, range.region);
  if (range.offset < 0 || range.bytes < 0 || range.bytes > size ||
      range.offset > size - range.bytes)
    judgement->Add(PlanLaw::kCapacity, op,
                   text + " with " + Num(range.bytes) + " bytes leaves region " +
                       Num(range.region) + " of " + Num(size));
  if (range.offset % 4 != 0)
    judgement->Add(PlanLaw::kAlignment, op, text + " is not 4-byte aligned");
}

// What a placement must look like. width 0: the tensor is never made.
struct RightPlacement {
  int pixel_bytes = 0;
  int width = 0;
  int64_t smallest_ring = 1;
  int64_t largest_ring = 1;
};

void CheckPlacement(const ExecutionPlan& plan, int tensor, const RightPlacement& right,
                    PlanJudgement* judgement) {
  const TensorPlacement& p = plan.tensors[tensor];
  const std::string text = "tensor " + Num(tensor);
  const auto demand = [&](bool holds, const std::string& otherwise) {
    if (!holds) judgement->Add(PlanLaw::kCapacity, tensor, text + otherwise);
  };
  demand(p.pixel_bytes == right.pixel_bytes,
         " has pixels of " + Num(p.pixel_bytes) + " bytes instead of " + Num(right.pixel_bytes));
  if (right.width > 0) {
    demand(p.width == right.width,
           " has rows of " + Num(p.width) + " pixels instead of " + Num(right.width));
    demand(p.ring_pixels >= right.smallest_ring && p.ring_pixels <= right.largest_ring,
           " has " + Num(p.ring_pixels) + " pixels, not " + Num(right.smallest_ring) + " to " +
               Num(right.largest_ring));
  } else {
    demand(p.ring_pixels >= 0 && p.ring_pixels <= right.largest_ring,
           " has " + Num(p.ring_pixels) + " pixels but is never made");
  }
  if (!judgement->Breaks(PlanLaw::kCapacity))
    CheckRange(plan, tensor, text, {p.region, p.offset, p.size()}, judgement);
}

// Columns of the widest strip, per operator of the group.
std::vector<int> WidestStrips(const Network& network, const PlanGroup& group) {
  std::vector<int> widest(Index(group.last - group.first), 0);
  for (int strip = 0; strip < group.strips; ++strip) {
    const std::vector<TileExtent> extents = TileExtents(network, group, 0, strip);
    for (size_t i = 0; i < widest.size(); ++i)
      widest[i] = std::max(widest[i], extents[i].end_column - extents[i].first_column);
  }
  return widest;
}

void CheckGroupPlacements(const Network& network, const ExecutionPlan& plan, const PlanGroup& group,
                          PlanJudgement* judgement) {
  const std::vector<int> widest = WidestStrips(network, group);
  for (int i = group.first; i < group.last; ++i) {
    const Shape& map = network.op(i).out;
    const bool inner = i < group.last - 1;
    const int64_t pixels = int64_t{map.height} * map.width;
    RightPlacement right{map.channels, map.width, 1, pixels};
    if (inner && group.mode == GroupMode::kChannelTiles) right.pixel_bytes = group.channel_tile;
    if (inner && group.strips > 1) right.width = widest[Index(i - group.first)];
    if (!inner || IsReadAfter(network, i, group.last)) right.smallest_ring = pixels;
    CheckPlacement(plan, i, right, judgement);
  }
}

void CheckRegions(const ExecutionPlan& plan, PlanJudgement* judgement) {
  const int regions = static_cast<int>(plan.more_regions.size()) + 1;
  for (int region = 0; region < regions; ++region) {
    const int64_t size = RegionSize(plan, region);
    const std::string text = "region " + Num(region) + " of " + Num(size) + " bytes";
    if (size < 0 || size > kMaxJudgedBytes)
      judgement->Add(PlanLaw::kCapacity, -1, text + " is too large to be judged");
    if (size % 8 != 0) judgement->Add(PlanLaw::kAlignment, -1, text + " is not a multiple of 8");
  }
}

// Bytes of the sums that operator `i` needs, 0 for none.
int64_t StateBytes(const Network& network, const PlanGroup& group, int i) {
  const Operator& op = network.op(i);
  if (op.kind == OpKind::kGlobalAveragePool) return 4 * int64_t{op.out.channels};
  if (group.mode == GroupMode::kChannelTiles && i == group.last - 1) return 4 * op.out.elements();
  return 0;
}

void CheckState(const Network& network, const ExecutionPlan& plan, const PlanGroup& group, int i,
                PlanJudgement* judgement) {
  const int64_t bytes = StateBytes(network, group, i);
  const StatePlacement* found = nullptr;
  for (const StatePlacement& state : plan.states) {
    if (state.op != i) continue;
    if (found != nullptr)
      judgement->Add(PlanLaw::kState, i, "operator " + Num(i) + " has sums twice");
    found = &state;
  }
  if ((found == nullptr) != (bytes == 0) || (found != nullptr && found->bytes != bytes))
    return judgement->Add(PlanLaw::kState, i,
                          "operator " + Num(i) + " has " + Num(found ? found->bytes : 0) +
                              " bytes of sums instead of " + Num(bytes));
  if (found == nullptr) return;
  CheckRange(plan, i, "sums of operator " + Num(i), {found->region, found->offset, bytes},
             judgement);
  const TensorPlacement& output = plan.tensors[i];
  if (group.mode == GroupMode::kChannelTiles &&
      (output.offset != found->offset || output.region != found->region))
    judgement->Add(PlanLaw::kState, i,
                   "the output of operator " + Num(i) + " does not begin where its sums begin");
}

void CheckMoves(const ExecutionPlan& plan, PlanJudgement* judgement) {
  const int groups = static_cast<int>(plan.groups.size());
  int previous = 0;
  for (const TensorMove& move : plan.moves) {
    const std::string text = "move of tensor " + Num(move.tensor);
    if (move.group < previous || move.group >= groups)
      return judgement->Add(PlanLaw::kMove, -1,
                            text + " before group " + Num(move.group) + " is out of order");
    previous = move.group;
    const int made = plan.groups[Index(move.group)].first;
    if (move.tensor < kNetworkInput || move.tensor >= made)
      return judgement->Add(PlanLaw::kMove, move.tensor,
                            text + " before it is made, in group " + Num(move.group));
    const TensorPlacement& p = plan.tensors[move.tensor];
    CheckRange(plan, move.tensor, text, {move.region, move.offset, p.size()}, judgement);
  }
}

// A channel-tiled kernel sees the channels of one run only; the last run may be shorter, and
// shorter is not always less.
int64_t ScratchBytes(const Operator& op, const PlanGroup& group, int i, int middle) {
  if (group.mode != GroupMode::kChannelTiles || group.channel_tile < 1)
    return OperatorScratchBytes(op);
  int64_t bytes = 0;
  for (int channels : {group.channel_tile, middle % group.channel_tile}) {
    if (channels == 0) continue;
    Operator run = op;
    if (i > group.first) run.in.channels = channels;
    if (i < group.last - 1) run.out.channels = channels;
    bytes = std::max(bytes, OperatorScratchBytes(run));
  }
  return bytes;
}

}  // namespace

void CheckPlacements(const Network& network, const ExecutionPlan& plan, PlanJudgement* judgement) {
  CheckRegions(plan, judgement);
  const Shape& map = network.input;
  const int64_t pixels = int64_t{map.height} * map.width;
  CheckPlacement(plan, kNetworkInput, {map.channels, map.width, 1, pixels}, judgement);
  for (const PlanGroup& group : plan.groups) CheckGroupPlacements(network, plan, group, judgement);
}

void CheckStatesAndMoves(const Network& network, const ExecutionPlan& plan,
                         PlanJudgement* judgement) {
  int previous = -1;
  for (const StatePlacement& state : plan.states) {
    if (state.op <= previous || state.op >= network.operator_count())
      judgement->Add(PlanLaw::kState, state.op,
                     "sums of operator " + Num(state.op) + " are out of order");
    previous = std::max(previous, state.op);
  }
  for (const PlanGroup& group : plan.groups)
    for (int i = group.first; i < group.last; ++i) CheckState(network, plan, group, i, judgement);
  CheckMoves(plan, judgement);
}

void CheckScratch(const Network& network, const ExecutionPlan& plan, PlanJudgement* judgement) {
  for (const PlanGroup& group : plan.groups) {
    for (int i = group.first; i < group.last; ++i) {
      const Operator& op = network.op(i);
      const int middle = network.op(group.first).out.channels;
      const int64_t needed = ScratchBytes(op, group, i, middle);
      if (needed > plan.scratch.value)
        judgement->Add(PlanLaw::kScratch, i,
                       std::string(OpName(op.kind)) + " needs " + Num(needed) +
                           " scratch bytes, the plan has " + Num(plan.scratch.value));
    }
  }
}

}  // namespace mcunas
