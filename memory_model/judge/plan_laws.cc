#include "memory_model/judge/plan_laws.h"

#include "memory_model/judge/tile_extent.h"
#include "network/window.h"

namespace mcunas {
namespace {

std::string Num(int64_t value) { return std::to_string(value); }

std::string GroupText(const PlanGroup& group) {
  return "group [" + Num(group.first) + ", " + Num(group.last) + ")";
}

// The laws of one group, as questions.
class GroupLaws {
 public:
  GroupLaws(const Network& network, const PlanGroup& group, PlanJudgement* judgement)
      : network_(network), group_(group), judgement_(judgement) {}

  void Check() {
    const Shape map = WorkShape(network_.op(group_.last - 1));
    Demand(group_.strips >= 1 && group_.strips <= map.width, "has an impossible number of strips");
    Demand(group_.bands >= 1 && group_.bands <= map.height, "has an impossible number of bands");
    Demand(group_.segment >= 0, "has a negative segment");
    CheckMode();
    const bool tiled = group_.strips > 1 || group_.bands > 1;
    for (int i = group_.first; i < group_.last; ++i) CheckOperator(i, tiled);
  }

 private:
  void Demand(bool holds, const std::string& otherwise) {
    if (!holds)
      judgement_->Add(PlanLaw::kMode, group_.last - 1, GroupText(group_) + " " + otherwise);
  }

  void CheckMode() {
    Demand((group_.mode == GroupMode::kChannelTiles) == (group_.channel_tile != 0),
           "has a channel tile that does not belong to its mode");
    switch (group_.mode) {
      case GroupMode::kLayerwise:
        Demand(group_.last - group_.first == 1, "is layer-wise but not one operator");
        [[fallthrough]];
      case GroupMode::kRowStream:
        return Demand(group_.strips == 1 && group_.bands == 1, "is tiled against its mode");
      case GroupMode::kStrips:
        return Demand(group_.bands == 1, "is cut into strips but has bands");
      case GroupMode::kPatches:
        return;
      case GroupMode::kChannelTiles:
        return CheckChannelTiles();
    }
    Demand(false, "has an unknown mode");
  }

  void CheckChannelTiles() {
    Demand(group_.strips == 1 && group_.bands == 1 && group_.segment == 0,
           "tiles channels and the map");
    const int first = group_.first;
    if (group_.last - first != 3) return Demand(false, "tiles channels of other than 3 operators");
    const Operator& expand = network_.op(first);
    const Operator& depthwise = network_.op(first + 1);
    const Operator& project = network_.op(first + 2);
    Demand(expand.kind == OpKind::kPointwise && depthwise.kind == OpKind::kDepthwise &&
               project.kind == OpKind::kPointwise,
           "tiles channels but is not pointwise, depthwise, pointwise");
    Demand(expand.weight_bits == 8 && depthwise.weight_bits == 8 && project.weight_bits == 8,
           "tiles channels of weights of 4 bits");
    Demand(depthwise.in.channels == depthwise.out.channels,
           "tiles channels of a depthwise operator with several filters per channel");
    Demand(depthwise.inputs[0] == first && project.inputs[0] == first + 1,
           "tiles channels of operators that do not follow each other");
    Demand(!IsReadAfter(network_, first, first + 2) && !IsReadAfter(network_, first + 1, first + 3),
           "tiles channels of a tensor that others read");
    Demand(group_.channel_tile >= 1 && group_.channel_tile <= expand.out.channels,
           "has an impossible channel tile");
  }

  void CheckOperator(int i, bool tiled) {
    const Operator& op = network_.op(i);
    if (op.kind == OpKind::kGlobalAveragePool) {
      Demand(i == group_.last - 1, "has a global pool that is not last");
      Demand(!tiled, "pools a tiled map");
    }
    for (size_t o = 0; o < op.inputs.size(); ++o) {
      const bool whole = RowWindow(op, static_cast<int>(o)).whole;
      Demand(!whole || op.inputs[o] < group_.first,
             "computes a tensor that operator " + Num(i) + " needs as a whole");
    }
    Demand(!tiled || i == group_.last - 1 || !IsReadAfter(network_, i, group_.last),
           "is tiled but tensor " + Num(i) + " is read later");
  }

  const Network& network_;
  const PlanGroup& group_;
  PlanJudgement* judgement_;
};

bool GroupReadsInput(const Network& network, const PlanGroup& group) {
  for (int i = group.first; i < group.last; ++i)
    for (int tensor : network.op(i).inputs)
      if (tensor == kNetworkInput) return true;
  return false;
}

// A ring of an input that comes once serves one group in one tile.
void CheckInput(const Network& network, const ExecutionPlan& plan, PlanJudgement* judgement) {
  if (plan.input_mode == InputMode::kRereadable) return;
  const bool whole = plan.tensors[kNetworkInput].ring_pixels ==
                     int64_t{network.input.height} * network.input.width;
  if (whole) return;
  if (plan.input_mode == InputMode::kResident)
    return judgement->Add(PlanLaw::kInput, -1, "the resident input lies in a ring");
  int readers = 0;
  for (const PlanGroup& group : plan.groups) {
    if (!GroupReadsInput(network, group)) continue;
    ++readers;
    if (readers > 1 || group.strips > 1 || group.bands > 1 ||
        group.mode == GroupMode::kChannelTiles)
      judgement->Add(PlanLaw::kInput, group.first,
                     GroupText(group) + " would read rows of the streamed input again");
  }
}

}  // namespace

void CheckCoverage(const Network& network, const ExecutionPlan& plan, PlanJudgement* judgement) {
  const int count = network.operator_count();
  int next = 0;
  for (const PlanGroup& group : plan.groups) {
    if (group.first != next || group.last <= group.first || group.last > count) {
      judgement->Add(PlanLaw::kCoverage, next,
                     GroupText(group) + " should start at operator " + Num(next));
      return;
    }
    next = group.last;
  }
  if (next != count)
    judgement->Add(PlanLaw::kCoverage, next,
                   "groups end at operator " + Num(next) + " of " + Num(count));
  if (plan.tensors.size() != network.operators.size() + 1)
    judgement->Add(PlanLaw::kCoverage, -1,
                   Num(static_cast<int64_t>(plan.tensors.size())) +
                       " tensors are placed, expected " + Num(count + 1));
}

void CheckModes(const Network& network, const ExecutionPlan& plan, PlanJudgement* judgement) {
  for (const PlanGroup& group : plan.groups) GroupLaws(network, group, judgement).Check();
  CheckInput(network, plan, judgement);
}

}  // namespace mcunas
