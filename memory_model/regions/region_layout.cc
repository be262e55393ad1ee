#include "memory_model/regions/region_layout.h"

#include <algorithm>
#include <optional>

#include "common/check.h"
#include "common/index.h"
#include "memory_model/alignment.h"
#include "memory_model/planner/free_space.h"

namespace mcunas {
namespace {

class RegionLayouter {
 public:
  RegionLayouter(const RegionProblem& problem, const RegionAssignment& assignment,
                 const ExecutionPlan& plan)
      : problem_(problem),
        assignment_(assignment),
        plan_(plan),
        places_(plan.tensors.end_number()) {
    for (int64_t peak : assignment.peaks) sizes_.push_back(RoundUp(peak, kArenaAlignment));
    plan_.arena = Bytes(sizes_[0]);
    plan_.more_regions.clear();
    for (size_t r = 1; r < sizes_.size(); ++r) plan_.more_regions.push_back(Bytes(sizes_[r]));
    plan_.moves.clear();
    plan_.states.clear();
    for (size_t g = 0; g < plan_.groups.size(); ++g) {
      int tensor = plan_.groups[g].first;
      for (const TensorPlacement& inner : problem.groups[g].needs.inner)
        plan_.tensors[tensor++] = inner;
      if (problem.groups[g].needs.input.ring_pixels > 0)
        plan_.tensors[kNetworkInput] = problem.groups[g].needs.input;
    }
  }

  ExecutionPlan Run() {
    PlaceInput();
    for (size_t g = 0; g < plan_.groups.size(); ++g) {
      Travel(g);
      for (int r = 0; r < static_cast<int>(sizes_.size()); ++r) {
        if (PlaceGroup(g, r)) continue;
        PushTogether(g, r, OverlapIn(g, r));
        MCUNAS_CHECK(PlaceGroup(g, r), "a group does not fit its own bound");
      }
    }
    return std::move(plan_);
  }

 private:
  struct Place {
    int64_t offset = 0;
    int region = 0;
  };
  struct Item {
    int64_t size = 0;
    TensorPlacement* placement = nullptr;
    bool high = false;
  };

  const RegionGroup& group(size_t g) const { return problem_.groups[g]; }
  const GroupRegions& regions(size_t g) const { return assignment_.groups[g]; }

  void PlaceInput() {
    if (group(0).alive.empty()) return;
    Place& input = places_[kNetworkInput];
    input.region = regions(0).alive_before[0];
    input.offset = sizes_[Index(input.region)] - group(0).alive[0].size;
    Settle(kNetworkInput, input);
  }

  void Settle(int tensor, const Place& place) {
    places_[tensor] = place;
    plan_.tensors[tensor].offset = place.offset;
    plan_.tensors[tensor].region = place.region;
  }

  // Moves between regions, each into room beside everything that has not left yet.
  void Travel(size_t g) {
    for (size_t k = 0; k < group(g).alive.size(); ++k) {
      const RegionObject& object = group(g).alive[k];
      const int to = regions(g).alive[k];
      if (places_[object.id].region == to) continue;
      std::optional<int64_t> offset = HighestRoom(g, to, object.size);
      if (!offset) {
        PushTogether(g, to, Overlap{});
        offset = HighestRoom(g, to, object.size);
      }
      MCUNAS_CHECK(offset.has_value(), "a tensor does not fit the region that it moves to");
      Move(g, object.id, {*offset, to});
    }
  }

  std::optional<int64_t> HighestRoom(size_t g, int region, int64_t size) const {
    FreeSpace space(sizes_[Index(region)]);
    for (const RegionObject& object : group(g).alive)
      if (const Place& place = places_[object.id]; place.region == region)
        space.Take(place.offset, object.size);
    return space.TakeHighest(size);
  }

  void Move(size_t g, int tensor, const Place& to) {
    plan_.moves.push_back({static_cast<int>(g), tensor, to.offset, to.region});
    places_[tensor] = to;
  }

  // The overlap of output and dying tensor, where both lie in this region.
  Overlap OverlapIn(size_t g, int region) const {
    const Overlap& overlap = group(g).needs.overlap;
    if (overlap.saved <= 0 || regions(g).made.back() != region) return {};
    const bool here = places_[overlap.tensor].region == region;
    return here ? overlap : Overlap{};
  }

  // Tries to run the group with the living tensors where they are, in this region.
  bool PlaceGroup(size_t g, int region) {
    FreeSpace space(sizes_[Index(region)]);
    const Overlap overlap = OverlapIn(g, region);
    for (const RegionObject& object : group(g).alive)
      if (places_[object.id].region == region && object.id != overlap.tensor)
        space.Take(places_[object.id].offset, object.size);
    std::optional<int64_t> output = 0;
    if (regions(g).made.back() == region) output = PlaceOutput(g, overlap, &space);
    if (!output) return false;
    std::vector<StatePlacement> states;
    for (size_t k = 0; k < group(g).sums.size(); ++k) {
      if (regions(g).sums[k] != region) continue;
      const RegionObject& sums = group(g).sums[k];
      const std::optional<int64_t> offset = space.TakeLowest(sums.size);
      if (!offset) return false;
      states.push_back({sums.id, *offset, sums.size, region});
    }
    if (!PlaceRings(g, region, &space)) return false;
    if (regions(g).made.back() == region) CommitOutput(g, {*output, region}, &states);
    plan_.states.insert(plan_.states.end(), states.begin(), states.end());
    return true;
  }

  std::optional<int64_t> PlaceOutput(size_t g, const Overlap& overlap, FreeSpace* space) const {
    const RegionObject& output = group(g).made.back();
    if (overlap.saved <= 0) return space->TakeHighest(output.size);
    const int64_t dying = places_[overlap.tensor].offset;
    const int64_t below = dying - overlap.down;
    // Others may lie neither where the output comes nor where the dying tensor is.
    if (!space->IsFree(below, output.size)) return std::nullopt;
    space->Take(dying, problem_.sizes[overlap.tensor]);
    space->Take(below, output.size);
    return below;
  }

  void CommitOutput(size_t g, const Place& place, std::vector<StatePlacement>* states) {
    Settle(group(g).made.back().id, place);
    if (plan_.groups[g].mode == GroupMode::kChannelTiles)
      states->push_back(
          {group(g).made.back().id, place.offset, group(g).needs.state_bytes, place.region});
  }

  bool PlaceRings(size_t g, int region, FreeSpace* space) {
    std::vector<Item> items;
    const auto add = [&](const RegionObject& object, int in, bool high) {
      if (in == region) items.push_back({object.size, &plan_.tensors[object.id], high});
    };
    for (size_t k = 0; k < group(g).rings.size(); ++k)
      add(group(g).rings[k], regions(g).rings[k], false);
    for (size_t k = 0; k + 1 < group(g).made.size(); ++k)
      add(group(g).made[k], regions(g).made[k], true);
    std::stable_sort(items.begin(), items.end(),
                     [](const Item& a, const Item& b) { return a.size > b.size; });
    for (const Item& item : items) {
      const auto offset = item.high ? space->TakeHighest(item.size) : space->TakeLowest(item.size);
      if (!offset) return false;
      item.placement->offset = *offset;
      item.placement->region = region;
    }
    for (size_t k = 0; k + 1 < group(g).made.size(); ++k) {
      const int tensor = group(g).made[k].id;
      if (regions(g).made[k] == region) places_[tensor] = {plan_.tensors[tensor].offset, region};
    }
    return true;
  }

  // Stacks the living tensors of a region at its top, in the order in which they lie, with room for
  // the output below the tensor that it overlaps.
  void PushTogether(size_t g, int region, const Overlap& overlap) {
    std::vector<RegionObject> alive;
    for (const RegionObject& object : group(g).alive)
      if (places_[object.id].region == region) alive.push_back(object);
    std::sort(alive.begin(), alive.end(), [&](const RegionObject& a, const RegionObject& b) {
      return places_[a.id].offset > places_[b.id].offset;
    });
    std::vector<int64_t> target;
    int64_t top = sizes_[Index(region)];
    for (const RegionObject& object : alive) {
      const bool shares = overlap.saved > 0 && object.id == overlap.tensor;
      const int64_t below = shares ? overlap.down : 0;
      const int64_t above = shares ? group(g).made.back().size - below : 0;
      top -= std::max(object.size, above);
      target.push_back(top);
      top -= below;
    }
    // From the top down what goes up, then from the bottom up what goes down: nothing is run over.
    for (size_t k = 0; k < alive.size(); ++k)
      if (target[k] > places_[alive[k].id].offset) Move(g, alive[k].id, {target[k], region});
    for (size_t k = alive.size(); k-- > 0;)
      if (target[k] < places_[alive[k].id].offset) Move(g, alive[k].id, {target[k], region});
  }

  const RegionProblem& problem_;
  const RegionAssignment& assignment_;
  ExecutionPlan plan_;
  std::vector<int64_t> sizes_;
  PerTensor<Place> places_;  // where whole tensors are now
};

}  // namespace

ExecutionPlan LayOutRegions(const RegionProblem& problem, const RegionAssignment& assignment,
                            const ExecutionPlan& plan) {
  return RegionLayouter(problem, assignment, plan).Run();
}

}  // namespace mcunas
