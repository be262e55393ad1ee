#include "memory_model/planner/group_layout.h"

#include <algorithm>
#include <optional>

#include "common/check.h"
#include "common/index.h"
#include "memory_model/alignment.h"
#include "memory_model/planner/free_space.h"

namespace mcunas {
namespace {

class Layouter {
 public:
  Layouter(const StreamFacts& facts, InputMode input_mode, std::span<const PlanGroup> groups)
      : facts_(facts) {
    plan_.input_mode = input_mode;
    plan_.groups.assign(groups.begin(), groups.end());
    for (const PlanGroup& group : groups) needs_.push_back(DescribeGroup(facts, input_mode, group));
    int64_t peak = 0;
    for (size_t g = 0; g < needs_.size(); ++g) {
      if (needs_[g].cost.peak <= peak) continue;
      peak = needs_[g].cost.peak;
      plan_.peak_operator = LargestTensor(g);
    }
    plan_.arena = plan_.live_bound = Bytes(RoundUp(peak, kArenaAlignment));
    for (int t = kNetworkInput; t < facts.count(); ++t) plan_.tensors.push_back(Whole(t));
    offsets_.resize(facts.count());
  }

  ExecutionPlan Run() {
    if (needs_[0].input.ring_pixels == 0) {
      alive_.push_back(kNetworkInput);
      Settle(kNetworkInput, arena() - Size(kNetworkInput));
    }
    for (size_t g = 0; g < plan_.groups.size(); ++g) {
      std::erase_if(alive_, [&](int t) { return LastUse(t) < plan_.groups[g].first; });
      if (!PlaceAround(g)) {
        PushTogether(g);
        MCUNAS_CHECK(PlaceAround(g), "a group does not fit its own bound");
      }
      const PlanGroup& group = plan_.groups[g];
      for (int t = group.first; t < group.last; ++t)
        if (LastUse(t) >= group.last) alive_.push_back(t);
    }
    return std::move(plan_);
  }

 private:
  struct Item {
    int64_t size = 0;
    int64_t* offset = nullptr;
    bool high = false;
  };

  int64_t arena() const { return plan_.arena.value; }
  int LastUse(int t) const { return facts_.tensor(t).last_use; }
  int64_t Size(int t) const { return facts_.tensor(t).size; }
  int64_t& Offset(int t) { return offsets_[t]; }
  void Settle(int t, int64_t offset) { Offset(t) = plan_.tensors[t].offset = offset; }

  TensorPlacement Whole(int t) const {
    const Shape shape = facts_.network->tensor_shape(t);
    TensorPlacement placement;
    placement.width = shape.width;
    placement.ring_pixels = int64_t{shape.height} * shape.width;
    placement.pixel_bytes = shape.channels;
    return placement;
  }

  int LargestTensor(size_t g) const {
    const std::vector<TensorPlacement>& inner = needs_[g].inner;
    const auto largest =
        std::max_element(inner.begin(), inner.end(),
                         [](const auto& a, const auto& b) { return a.size() < b.size(); });
    return plan_.groups[g].first + static_cast<int>(largest - inner.begin());
  }

  // Everything that the group needs beside the tensors that are alive and its output.
  std::vector<Item> Others(size_t g, std::vector<int64_t>* offsets) {
    const PlanGroup& group = plan_.groups[g];
    const GroupNeeds& needs = needs_[g];
    std::vector<Item> items;
    offsets->assign(needs.inner.size() + 1, 0);
    for (int t = group.first; t < group.last - 1; ++t) {
      const size_t k = Index(t - group.first);
      if (needs.tail.saved > 0 && needs.tail.inner[k] >= 0) continue;
      items.push_back({RoundUp(needs.inner[k].size(), kTensorAlignment), &(*offsets)[k],
                       LastUse(t) >= group.last});
    }
    if (needs.input.ring_pixels > 0 && needs.tail.input < 0)
      items.push_back({RoundUp(needs.input.size(), kTensorAlignment), &offsets->back(), false});
    std::stable_sort(items.begin(), items.end(),
                     [](const Item& a, const Item& b) { return a.size > b.size; });
    return items;
  }

  // Tries to run group g with the living tensors where they are.
  bool PlaceAround(size_t g) {
    const GroupNeeds& needs = needs_[g];
    const int last = plan_.groups[g].last - 1;
    FreeSpace space(arena());
    for (int t : alive_)
      if (t != needs.overlap.tensor) space.Take(Offset(t), Size(t));
    std::optional<int64_t> out;
    const bool tiles = plan_.groups[g].mode == GroupMode::kChannelTiles;
    const int64_t out_bytes = tiles ? needs.state_bytes : Size(last);
    if (needs.overlap.saved > 0) {
      const int64_t dying = Offset(needs.overlap.tensor);
      const int64_t below = dying - needs.overlap.down;
      if (!space.IsFree(below, out_bytes)) return false;
      out = below;
      space.Take(dying, Size(needs.overlap.tensor));
      space.Take(below, out_bytes);
    } else {
      out = space.TakeHighest(needs.tail.saved > 0 ? needs.tail.bytes : out_bytes);
    }
    if (!out) return false;
    int64_t state = *out;
    if (needs.state_bytes > 0 && !tiles) {
      const std::optional<int64_t> found = space.TakeLowest(needs.state_bytes);
      if (!found) return false;
      state = *found;
    }
    std::vector<int64_t> offsets;
    for (const Item& item : Others(g, &offsets)) {
      const auto found = item.high ? space.TakeHighest(item.size) : space.TakeLowest(item.size);
      if (!found) return false;
      *item.offset = *found;
    }
    Commit(g, *out, state, offsets);
    return true;
  }

  void Commit(size_t g, int64_t out, int64_t state, const std::vector<int64_t>& offsets) {
    const PlanGroup& group = plan_.groups[g];
    const GroupNeeds& needs = needs_[g];
    for (int t = group.first; t < group.last; ++t) {
      const size_t k = Index(t - group.first);
      plan_.tensors[t] = needs.inner[k];
      const bool tail = needs.tail.saved > 0 && t < group.last - 1 && needs.tail.inner[k] >= 0;
      Settle(t, t == group.last - 1 ? out : tail ? out + needs.tail.inner[k] : offsets[k]);
    }
    if (needs.input.ring_pixels > 0) {
      plan_.tensors[kNetworkInput] = needs.input;
      Settle(kNetworkInput, needs.tail.input >= 0 ? out + needs.tail.input : offsets.back());
    }
    if (needs.state_bytes > 0)
      plan_.states.push_back({group.last - 1, state, needs.state_bytes, 0});
  }

  // Stacks the living tensors at the top of the arena, in the order in which they lie, with room
  // for the group's output below the tensor that it overlaps.
  void PushTogether(size_t g) {
    const GroupNeeds& needs = needs_[g];
    std::sort(alive_.begin(), alive_.end(), [&](int a, int b) { return Offset(a) > Offset(b); });
    std::vector<int64_t> target;
    int64_t top = arena();
    for (int t : alive_) {
      int64_t size = Size(t);
      int64_t below = 0;
      if (needs.overlap.saved > 0 && t == needs.overlap.tensor) {
        below = needs.overlap.down;
        size = std::max(size, Size(plan_.groups[g].last - 1) - below);
      }
      target.push_back(top - size);
      top -= size + below;
    }
    // From the top down what goes up, then from the bottom up what goes down: nothing is run over.
    for (size_t k = 0; k < alive_.size(); ++k)
      if (target[k] > Offset(alive_[k])) Move(g, alive_[k], target[k]);
    for (size_t k = alive_.size(); k-- > 0;)
      if (target[k] < Offset(alive_[k])) Move(g, alive_[k], target[k]);
  }

  void Move(size_t g, int tensor, int64_t offset) {
    plan_.moves.push_back({static_cast<int>(g), tensor, offset, 0});
    Offset(tensor) = offset;
  }

  const StreamFacts& facts_;
  ExecutionPlan plan_;
  std::vector<GroupNeeds> needs_;
  std::vector<int> alive_;      // whole tensors that the current or a later group reads
  PerTensor<int64_t> offsets_;  // where they are now
};

}  // namespace

ExecutionPlan LayOut(const StreamFacts& facts, InputMode input_mode,
                     std::span<const PlanGroup> groups) {
  return Layouter(facts, input_mode, groups).Run();
}

}  // namespace mcunas
