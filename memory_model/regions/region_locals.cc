// Branch and bound over the objects of one group.
#include "memory_model/regions/region_locals.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace mcunas {
namespace {

class LocalSearch {
 public:
  LocalSearch(const std::vector<LocalObject>& objects, const std::vector<int64_t>& room,
              const std::vector<RegionSpec>& regions, int max_nodes)
      : objects_(objects), room_(room), regions_(regions), nodes_left_(max_nodes) {
    order_.resize(objects.size());
    std::iota(order_.begin(), order_.end(), size_t{0});
    std::stable_sort(order_.begin(), order_.end(), [&](size_t a, size_t b) {
      return objects[a].traffic * objects[b].size > objects[b].traffic * objects[a].size;
    });
    cheapest_.resize(regions.size());
    std::iota(cheapest_.begin(), cheapest_.end(), size_t{0});
    std::stable_sort(cheapest_.begin(), cheapest_.end(),
                     [&](size_t a, size_t b) { return regions[a].cost < regions[b].cost; });
    chosen_.assign(objects.size(), 0);
  }

  LocalAssignment Run() {
    Decide(0, 0);
    best_.exact = nodes_left_ > 0;
    if (!best_.fits && !best_.exact) FirstFit();
    return best_;
  }

 private:
  // Cost of the objects from `depth` on if they could be cut into pieces; infinite where even then
  // they do not fit. The densest pieces go to the cheapest room: an exchange shows that nothing is
  // cheaper.
  double Bound(size_t depth) const {
    double bound = 0;
    size_t k = 0;
    int64_t left = room_[cheapest_[0]];
    for (size_t d = depth; d < order_.size(); ++d) {
      const LocalObject& object = objects_[order_[d]];
      int64_t size = object.size;
      while (true) {
        const int64_t piece = std::min(size, std::max<int64_t>(left, 0));
        if (object.size > 0)
          bound += static_cast<double>(object.traffic) * static_cast<double>(piece) /
                   static_cast<double>(object.size) *
                   static_cast<double>(regions_[cheapest_[k]].cost);
        size -= piece;
        left -= piece;
        if (size == 0) break;
        if (++k == cheapest_.size()) return std::numeric_limits<double>::infinity();
        left = room_[cheapest_[k]];
      }
    }
    return bound;
  }

  void Decide(size_t depth, int64_t cost) {
    if (nodes_left_ <= 0 || static_cast<double>(cost) + Bound(depth) > Limit()) return;
    if (depth == order_.size()) {
      best_ = {true, chosen_, cost, true};
      return;
    }
    --nodes_left_;
    const LocalObject& object = objects_[order_[depth]];
    for (size_t region : cheapest_) {
      if (object.size > room_[region]) continue;
      room_[region] -= object.size;
      chosen_[order_[depth]] = static_cast<int>(region);
      Decide(depth + 1, cost + object.traffic * regions_[region].cost);
      room_[region] += object.size;
    }
  }

  void FirstFit() {
    std::stable_sort(order_.begin(), order_.end(),
                     [&](size_t a, size_t b) { return objects_[a].size > objects_[b].size; });
    int64_t cost = 0;
    for (size_t at : order_) {
      const auto region = std::find_if(cheapest_.begin(), cheapest_.end(),
                                       [&](size_t r) { return objects_[at].size <= room_[r]; });
      if (region == cheapest_.end()) return;
      room_[*region] -= objects_[at].size;
      chosen_[at] = static_cast<int>(*region);
      cost += objects_[at].traffic * regions_[*region].cost;
    }
    best_ = {true, chosen_, cost, false};
  }

  // Costs are whole numbers: a better one is better by 1.
  double Limit() const {
    return best_.fits ? static_cast<double>(best_.cost) - 0.5 : std::numeric_limits<double>::max();
  }

  const std::vector<LocalObject>& objects_;
  std::vector<int64_t> room_;
  const std::vector<RegionSpec>& regions_;
  int nodes_left_;
  std::vector<size_t> order_;     // densest object first
  std::vector<size_t> cheapest_;  // cheapest region first
  std::vector<int> chosen_;
  LocalAssignment best_;
};

}  // namespace

LocalAssignment AssignLocals(const std::vector<LocalObject>& objects,
                             const std::vector<int64_t>& room,
                             const std::vector<RegionSpec>& regions, int max_nodes) {
  return LocalSearch(objects, room, regions, max_nodes).Run();
}

}  // namespace mcunas
