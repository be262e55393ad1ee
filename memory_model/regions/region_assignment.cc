#include "memory_model/regions/region_assignment.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "common/index.h"
#include "memory_model/regions/regions.h"

namespace mcunas {
namespace {

using Choice = std::vector<int>;  // a region per object

// All choices of `count` objects among `regions`, in lexical order.
std::vector<Choice> AllChoices(size_t count, int regions) {
  std::vector<Choice> choices = {Choice(count, 0)};
  while (true) {
    Choice next = choices.back();
    size_t k = count;
    while (k > 0 && next[k - 1] == regions - 1) next[--k] = 0;
    if (k == 0) return choices;
    ++next[k - 1];
    choices.push_back(next);
  }
}

// `from` and what differs from it in one place.
std::vector<Choice> ChoicesOneApart(const Choice& from, int regions) {
  std::vector<Choice> choices = {from};
  for (size_t k = 0; k < from.size(); ++k) {
    for (int r = 0; r < regions; ++r) {
      if (r == from[k]) continue;
      choices.push_back(from);
      choices.back()[k] = r;
    }
  }
  return choices;
}

// The state between two groups.
struct State {
  int64_t cost = 0;
  int parent = -1;  // index into the states of the group before
  GroupRegions regions;
};

class Assigner {
 public:
  Assigner(const RegionProblem& problem, const std::vector<RegionSpec>& regions)
      : problem_(problem), regions_(regions), count_(static_cast<int>(regions.size())) {}

  std::optional<RegionAssignment> Run() {
    Layer layer = FirstLayer();
    for (size_t g = 0; g < problem_.groups.size(); ++g) {
      layer = Advance(g, layer);
      if (layer.empty()) return std::nullopt;
      layers_.emplace_back();
      for (auto& [key, state] : layer) layers_.back().push_back(std::move(state));
    }
    return Collect();
  }

 private:
  // Keyed by the regions of the tensors that are alive afterwards; State::parent counts in this
  // order.
  using Layer = std::map<Choice, State>;

  bool Whole(size_t g) const {
    const size_t objects = problem_.groups[g].alive.size() + problem_.groups[g].made.size();
    int64_t choices = 1;
    for (size_t k = 0; k < objects && choices <= kRegionChoices; ++k) choices *= count_;
    return choices <= kRegionChoices;
  }

  // The caller may write a resident input anywhere.
  Layer FirstLayer() const {
    Layer layer;
    for (Choice& choice : AllChoices(problem_.groups[0].alive.size(), count_)) {
      State state;
      if (!choice.empty()) state.cost = problem_.input_traffic * Cost(choice[0]);
      layer.emplace(std::move(choice), std::move(state));
    }
    return layer;
  }

  Layer Advance(size_t g, const Layer& before) {
    const RegionGroup& group = problem_.groups[g];
    const bool whole = Whole(g);
    const std::vector<Choice> made = AllChoices(group.made.size(), whole ? count_ : 1);
    Layer after;
    std::map<std::pair<Choice, Choice>, State> solved;
    int number = 0;
    for (const auto& [from, state] : before) {
      const int parent = number++;
      const std::vector<Choice> targets =
          whole ? AllChoices(group.alive.size(), count_) : ChoicesOneApart(from, count_);
      for (const Choice& alive : targets) {
        const std::optional<int64_t> moving = MoveCost(group, from, alive);
        if (!moving) continue;
        for (const Choice& outputs : whole ? made : MadeChoices(group))
          Consider(g, {state.cost + *moving, parent, {from, alive, outputs, {}, {}}}, &solved,
                   &after);
      }
    }
    if (!whole) Prune(&after);
    exact_ = exact_ && whole;
    return after;
  }

  // For groups with too many tensors: inner ones and the output together, or the output apart.
  std::vector<Choice> MadeChoices(const RegionGroup& group) const {
    std::vector<Choice> choices;
    for (int inner = 0; inner < count_; ++inner) {
      for (int output = 0; output < count_; ++output) {
        choices.emplace_back(group.made.size(), inner);
        choices.back().back() = output;
        if (group.made.size() == 1 && inner > 0) choices.pop_back();
      }
    }
    return choices;
  }

  // Cost of taking every tensor to its region; nothing where a region cannot hold what comes beside
  // what goes.
  std::optional<int64_t> MoveCost(const RegionGroup& group, const Choice& from,
                                  const Choice& to) const {
    if (from == to) return 0;
    int64_t cost = 0;
    std::vector<int64_t> used(regions_.size(), 0);
    for (size_t k = 0; k < from.size(); ++k) {
      const int64_t size = group.alive[k].size;
      used[Index(from[k])] += size;
      if (from[k] == to[k]) continue;
      used[Index(to[k])] += size;
      cost += size * (Cost(from[k]) + Cost(to[k]));
    }
    return Fits(used) ? std::optional(cost) : std::nullopt;
  }

  // Completes `state` by what the group itself costs and keeps it if it is the best of its kind.
  void Consider(size_t g, State state, std::map<std::pair<Choice, Choice>, State>* solved,
                Layer* after) {
    const auto [known, is_new] = solved->try_emplace({state.regions.alive, state.regions.made});
    if (is_new) known->second = SolveGroup(g, state.regions);
    if (known->second.cost < 0) return;
    state.cost += known->second.cost;
    state.regions.rings = known->second.regions.rings;
    state.regions.sums = known->second.regions.sums;
    Choice key = KeyAfter(g, state.regions);
    const auto [place, entered] = after->try_emplace(std::move(key), state);
    if (!entered && state.cost < place->second.cost) place->second = std::move(state);
  }

  // Cost and regions of rings and sums; cost -1: it does not fit.
  State SolveGroup(size_t g, const GroupRegions& regions) {
    const RegionGroup& group = problem_.groups[g];
    State state;
    state.cost = -1;
    const std::vector<int64_t> used = WholeBytes(group, regions);
    std::vector<int64_t> room(regions_.size());
    for (size_t r = 0; r < room.size(); ++r) room[r] = regions_[r].capacity - used[r];
    if (*std::min_element(room.begin(), room.end()) < 0) return state;
    std::vector<LocalObject> locals;
    for (const RegionObject& ring : group.rings) locals.push_back({ring.size, ring.traffic});
    for (const RegionObject& sums : group.sums) locals.push_back({sums.size, sums.traffic});
    const LocalAssignment found = AssignLocals(locals, room, regions_, kRegionNodes);
    exact_ = exact_ && found.exact;
    if (!found.fits) return state;
    state.cost = found.cost;
    for (size_t k = 0; k < group.alive.size(); ++k)
      state.cost += group.alive[k].traffic * Cost(regions.alive[k]);
    for (size_t k = 0; k < group.made.size(); ++k)
      state.cost += group.made[k].traffic * Cost(regions.made[k]);
    const auto split = found.regions.begin() + static_cast<std::ptrdiff_t>(group.rings.size());
    state.regions.rings.assign(found.regions.begin(), split);
    state.regions.sums.assign(split, found.regions.end());
    return state;
  }

  // Bytes of whole tensors per region while the group runs.
  std::vector<int64_t> WholeBytes(const RegionGroup& group, const GroupRegions& regions) const {
    std::vector<int64_t> used(regions_.size(), 0);
    const Overlap& overlap = group.needs.overlap;
    for (size_t k = 0; k < group.alive.size(); ++k) {
      used[Index(regions.alive[k])] += group.alive[k].size;
      const bool shares = overlap.saved > 0 && group.alive[k].id == overlap.tensor &&
                          regions.alive[k] == regions.made.back();
      if (shares) used[Index(regions.alive[k])] -= overlap.saved;
    }
    for (size_t k = 0; k < group.made.size(); ++k)
      used[Index(regions.made[k])] += group.made[k].size;
    return used;
  }

  // Regions of the tensors that are alive in the group after g: those of `alive` there.
  Choice KeyAfter(size_t g, const GroupRegions& regions) const {
    Choice key;
    if (g + 1 == problem_.groups.size()) return key;
    const RegionGroup& group = problem_.groups[g];
    for (const RegionObject& object : problem_.groups[g + 1].alive) {
      for (size_t k = 0; k < group.alive.size(); ++k)
        if (group.alive[k].id == object.id) key.push_back(regions.alive[k]);
      for (size_t k = 0; k < group.made.size(); ++k)
        if (group.made[k].id == object.id) key.push_back(regions.made[k]);
    }
    return key;
  }

  static void Prune(Layer* layer) {
    std::vector<std::pair<int64_t, Choice>> best;
    for (const auto& [key, state] : *layer) best.emplace_back(state.cost, key);
    std::sort(best.begin(), best.end());
    for (size_t k = kRegionBeam; k < best.size(); ++k) layer->erase(best[k].second);
  }

  bool Fits(const std::vector<int64_t>& used) const {
    for (size_t r = 0; r < used.size(); ++r)
      if (used[r] > regions_[r].capacity) return false;
    return true;
  }

  RegionAssignment Collect() const {
    RegionAssignment assignment;
    assignment.exact = exact_;
    assignment.cost = layers_.back()[0].cost;
    assignment.groups.resize(layers_.size());
    int at = 0;
    for (size_t g = layers_.size(); g-- > 0;) {
      assignment.groups[g] = layers_[g][Index(at)].regions;
      at = layers_[g][Index(at)].parent;
    }
    assignment.peaks.assign(regions_.size(), 0);
    assignment.traffic.assign(regions_.size(), 0);
    for (size_t g = 0; g < layers_.size(); ++g) Count(g, &assignment);
    return assignment;
  }

  void Count(size_t g, RegionAssignment* assignment) const {
    const RegionGroup& group = problem_.groups[g];
    const GroupRegions& regions = assignment->groups[g];
    std::vector<int64_t> moving(regions_.size(), 0);
    for (size_t k = 0; k < group.alive.size(); ++k) {
      const size_t from = Index(regions.alive_before[k]), to = Index(regions.alive[k]);
      moving[from] += group.alive[k].size;
      if (g == 0) assignment->traffic[from] += problem_.input_traffic;
      if (from == to) continue;
      moving[to] += group.alive[k].size;
      assignment->traffic[from] += group.alive[k].size;
      assignment->traffic[to] += group.alive[k].size;
    }
    std::vector<int64_t> used = WholeBytes(group, regions);
    const auto count = [&](const std::vector<RegionObject>& objects, const Choice& in, bool local) {
      for (size_t k = 0; k < objects.size(); ++k) {
        assignment->traffic[Index(in[k])] += objects[k].traffic;
        if (local) used[Index(in[k])] += objects[k].size;
      }
    };
    count(group.alive, regions.alive, false);
    count(group.made, regions.made, false);
    count(group.rings, regions.rings, true);
    count(group.sums, regions.sums, true);
    for (size_t r = 0; r < used.size(); ++r)
      assignment->peaks[r] = std::max({assignment->peaks[r], used[r], moving[r]});
  }
  int64_t Cost(int region) const { return regions_[Index(region)].cost; }

  const RegionProblem& problem_;
  const std::vector<RegionSpec>& regions_;
  const int count_;
  bool exact_ = true;
  std::vector<std::vector<State>> layers_;
};

}  // namespace

std::optional<RegionAssignment> AssignRegions(const RegionProblem& problem,
                                              const std::vector<RegionSpec>& regions) {
  return Assigner(problem, regions).Run();
}

}  // namespace mcunas
