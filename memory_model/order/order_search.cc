#include "memory_model/order/order_search.h"

#include <algorithm>
#include <array>
#include <limits>
#include <queue>
#include <utility>

#include "common/index.h"
#include "memory_model/order/order_beam.h"
#include "memory_model/order/order_step.h"

namespace mcunas {
namespace {

constexpr int kFirstStates = 1 << 13;

// A set of items.
class ItemSet {
 public:
  bool Has(int i) const { return words_[Index(i / 64)] >> (i % 64) & 1; }
  void Insert(int i) { words_[Index(i / 64)] |= uint64_t{1} << (i % 64); }
  bool operator==(const ItemSet&) const = default;
  uint64_t Hash() const {
    const uint64_t low = words_[0] * 0x9e3779b97f4a7c15u;
    const uint64_t hash = low ^ (words_[1] + 0x7f4a7c15u) * 0xff51afd7ed558ccdu;
    return (hash ^ hash >> 29) * 0xc4ceb9fe1a85ec53u >> 20;
  }

 private:
  static_assert(kMostItems == 128);
  std::array<uint64_t, 2> words_{};
};

// The items done before `item` where those of `undone` and it are not.
struct DoneBefore {
  const ItemSet& undone;
  int item;
  bool Has(int i) const { return i != item && !undone.Has(i); }
};

// A segment, seen from its beginning or from its end: an order read backwards undoes items. What
// has to be there for a step is the same, so either search decides; joins are easy backwards as
// forks are forwards.
class DirectedSegment {
 public:
  DirectedSegment(const OrderSegment& segment, bool backward)
      : segment_(segment), backward_(backward), live_(segment.live) {
    needs_.resize(segment.items.size());
    ItemSet done;
    for (int i = 0; i < count(); ++i) {
      for (int before : segment.items[Index(i)].after)
        needs_[Index(backward ? before : i)].push_back(backward ? i : before);
      if (backward) live_ = StepOf(segment, i, live_, done).left;
      done.Insert(i);
    }
  }

  int count() const { return static_cast<int>(segment_.items.size()); }
  bool backward() const { return backward_; }
  int64_t live() const { return live_; }  // at the start
  // Items that must be changed (done, or undone) before this one.
  const std::vector<int>& needs(int item) const { return needs_[Index(item)]; }
  bool Ready(int item, const ItemSet& changed) const {
    return std::all_of(needs(item).begin(), needs(item).end(),
                       [&](int i) { return changed.Has(i); });
  }
  OrderStep Change(int item, int64_t live, const ItemSet& changed) const {
    if (!backward_) return StepOf(segment_, item, live, changed);
    const OrderStep forward = StepOf(segment_, item, 0, DoneBefore{changed, item});
    return {live - forward.left + forward.needed, live - forward.left};
  }

 private:
  const OrderSegment& segment_;
  bool backward_;
  int64_t live_;
  std::vector<std::vector<int>> needs_;
};

// Is there an order whose peak is at most a limit? Sets of changed items, the fullest and then the
// lightest first.
class LimitedSearch {
 public:
  LimitedSearch(const DirectedSegment& segment, int64_t limit, int max_states)
      : segment_(segment), limit_(limit), max_states_(Index(max_states)), table_(1 << 12, -1) {}

  // The items in order; empty if there is none or the states ran out.
  std::vector<int> Run() {
    nodes_.push_back({ItemSet(), segment_.live()});
    queue_.push({0, segment_.live(), 0});
    while (!queue_.empty()) {
      const int start = queue_.top().node;
      queue_.pop();
      const int node = GoOnForFree(start);
      if (nodes_[Index(node)].count == segment_.count()) return PathTo(node);
      if (node != start && !Enter(node)) continue;
      Expand(node);
      if (nodes_.size() > max_states_) {
        out_of_states_ = true;
        break;
      }
    }
    return {};
  }

  bool out_of_states() const { return out_of_states_; }
  int states() const { return static_cast<int>(nodes_.size()); }
  // Where there is no order: no smaller limit than this has one.
  int64_t next_limit() const { return next_limit_; }

 private:
  struct Node {
    ItemSet changed;
    int64_t live = 0;
    int parent = -1;
    int8_t item = -1;
    uint8_t count = 0;
  };

  struct Entry {
    int count = 0;
    int64_t live = 0;
    int node = 0;
    // The top: the most items changed, then the fewest bytes alive, then the first made.
    bool operator<(const Entry& other) const {
      if (count != other.count) return count < other.count;
      return live != other.live ? live > other.live : node > other.node;
    }
  };

  // Executes chains of items that cost nothing: they fit into the limit and leave at most as many
  // bytes as before. Any order can be changed into one that begins with them and stays within the
  // limit: afterwards every set has at most as many bytes alive. Returns the last node.
  int GoOnForFree(int node) {
    for (bool moved = true; moved;) {
      moved = false;
      for (int i = 0; i < segment_.count() && !moved; ++i) {
        if (nodes_[Index(node)].changed.Has(i)) continue;
        const size_t before = nodes_.size();
        const int end = FreeChain(node, i);
        moved = end >= 0;
        if (moved) {
          node = end;
        } else {
          nodes_.resize(before);
        }
      }
    }
    return node;
  }

  // The shortest free chain that begins with `item`; every item of it needs the one before.
  int FreeChain(int node, int item) {
    const int64_t start = nodes_[Index(node)].live;
    while (item >= 0) {
      const Node& from = nodes_[Index(node)];
      if (!segment_.Ready(item, from.changed)) return -1;
      const OrderStep step = segment_.Change(item, from.live, from.changed);
      if (step.needed > limit_) return -1;
      node = Append(node, item, step.left);
      if (step.left <= start) return node;
      item = NextAfter(item, nodes_[Index(node)].changed);
    }
    return -1;
  }

  // The first item that has become ready by `item`, -1 if there is none.
  int NextAfter(int item, const ItemSet& changed) const {
    for (int i = 0; i < segment_.count(); ++i) {
      const std::vector<int>& needs = segment_.needs(i);
      if (!changed.Has(i) && std::find(needs.begin(), needs.end(), item) != needs.end() &&
          segment_.Ready(i, changed))
        return i;
    }
    return -1;
  }

  int Append(int node, int item, int64_t live) {
    const Node& before = nodes_[Index(node)];
    Node next{before.changed, live, node, static_cast<int8_t>(item),
              static_cast<uint8_t>(before.count + 1)};
    next.changed.Insert(item);
    nodes_.push_back(next);
    return static_cast<int>(nodes_.size()) - 1;
  }

  void Expand(int node) {
    const Node from = nodes_[Index(node)];
    for (int i = 0; i < segment_.count(); ++i) {
      if (from.changed.Has(i) || !segment_.Ready(i, from.changed)) continue;
      const OrderStep step = segment_.Change(i, from.live, from.changed);
      if (step.needed > limit_) {
        next_limit_ = std::min(next_limit_, step.needed);
        continue;
      }
      const int next = Append(node, i, step.left);
      if (Enter(next)) {
        queue_.push({from.count + 1, step.left, next});
      } else {
        nodes_.pop_back();
      }
    }
  }

  // False if another node has this set. Open addressing; entries are nodes.
  bool Enter(int node) {
    const size_t slot = Slot(nodes_[Index(node)].changed);
    if (table_[slot] >= 0) return false;
    table_[slot] = node;
    if (++entries_ * 2 > table_.size()) Grow();
    return true;
  }

  size_t Slot(const ItemSet& set) const {
    size_t slot = set.Hash() & (table_.size() - 1);
    while (table_[slot] >= 0 && !(nodes_[Index(table_[slot])].changed == set))
      slot = (slot + 1) & (table_.size() - 1);
    return slot;
  }

  void Grow() {
    std::vector<int> old(table_.size() * 4, -1);
    old.swap(table_);
    for (int node : old)
      if (node >= 0) table_[Slot(nodes_[Index(node)].changed)] = node;
  }

  std::vector<int> PathTo(int node) const {
    std::vector<int> items;
    for (; nodes_[Index(node)].item >= 0; node = nodes_[Index(node)].parent)
      items.push_back(nodes_[Index(node)].item);
    if (!segment_.backward()) std::reverse(items.begin(), items.end());
    return items;
  }

  const DirectedSegment& segment_;
  const int64_t limit_;
  const size_t max_states_;
  std::vector<Node> nodes_;
  std::priority_queue<Entry> queue_;
  std::vector<int> table_;
  size_t entries_ = 0;
  bool out_of_states_ = false;
  int64_t next_limit_ = std::numeric_limits<int64_t>::max();
};

struct Decision {
  bool made = false;       // false: the states ran out
  std::vector<int> items;  // an order within the limit, if there is one
  int64_t next_limit = 0;  // otherwise: no smaller limit than this has one
};

// Searches from both ends in turn, with more and more states. `states_left` is what remains.
Decision Decide(const DirectedSegment& first, const DirectedSegment& second, int64_t limit,
                int* states_left) {
  for (int states = kFirstStates; *states_left > 0; states *= 4) {
    for (const DirectedSegment* segment : {&first, &second}) {
      LimitedSearch search(*segment, limit, std::min(states, std::max(1, *states_left)));
      std::vector<int> items = search.Run();
      *states_left -= search.states();
      if (!search.out_of_states()) return {true, std::move(items), search.next_limit()};
    }
  }
  return {};
}

}  // namespace

ExactOrder SearchExact(const OrderSegment& segment, int64_t floor, int64_t ceiling, int max_states,
                       bool from_end) {
  ExactOrder result;
  result.order.peak = ceiling;
  if (segment.items.size() > Index(kMostItems)) return result;
  const DirectedSegment first(segment, from_end), second(segment, !from_end);
  int64_t limit = floor;  // the optimum is floor or more, and at most result.order.peak
  while (floor < result.order.peak) {
    Decision decision = Decide(first, second, limit, &max_states);
    if (!decision.made) return result;
    if (decision.items.empty()) {
      floor = decision.next_limit;
    } else {
      const int64_t peak = std::max(floor, PeakOfItems(segment, decision.items));
      result.order = {std::move(decision.items), peak};
    }
    limit = std::min(floor + (result.order.peak - floor) / 2, result.order.peak - 1);
  }
  result.proven = true;
  return result;
}

}  // namespace mcunas
