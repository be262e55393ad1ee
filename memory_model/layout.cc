#include "memory_model/layout.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <unordered_set>

namespace mcunas {
namespace {

constexpr int kNodesPerArena = 5000;  // search effort at one arena size
constexpr int kArenaSizes = 12;       // bisection steps at most

// Offsets strictly inside are illegal for the item, except `hole` (-1: no exception).
struct Forbidden {
  int64_t from = 0;
  int64_t to = 0;
  int64_t hole = -1;
};

bool Legal(int64_t offset, const std::vector<Forbidden>& forbidden) {
  return std::all_of(forbidden.begin(), forbidden.end(), [&](const Forbidden& f) {
    return offset <= f.from || offset >= f.to || offset == f.hole;
  });
}

int64_t LowestLegal(const std::vector<Forbidden>& forbidden) {
  int64_t best = 0;
  if (Legal(0, forbidden)) return 0;
  best = -1;
  for (const Forbidden& f : forbidden) {
    for (int64_t offset : {f.from, f.to, f.hole}) {
      if (offset >= 0 && (best < 0 || offset < best) && Legal(offset, forbidden)) best = offset;
    }
  }
  return best;  // the highest `to` is always legal
}

// First fit: items in `order`, each at its lowest legal offset.
Layout FirstFit(const std::vector<LayoutItem>& items, const std::vector<int>& order,
                const std::vector<std::vector<LayoutConflict>>& later) {
  Layout layout{std::vector<int64_t>(items.size(), -1), 0};
  std::vector<Forbidden> forbidden;
  for (int index : order) {
    const LayoutItem& item = items[static_cast<size_t>(index)];
    forbidden.clear();
    for (const LayoutConflict& c : item.conflicts) {
      const int64_t x = layout.offsets[static_cast<size_t>(c.earlier)];
      if (x < 0) continue;
      const int64_t size = items[static_cast<size_t>(c.earlier)].size;
      forbidden.push_back({x - c.down, x + size, c.alias ? x : -1});
    }
    for (const LayoutConflict& c : later[static_cast<size_t>(index)]) {
      const int64_t x = layout.offsets[static_cast<size_t>(c.earlier)];
      if (x >= 0) forbidden.push_back({x - item.size, x + c.down, c.alias ? x : -1});
    }
    const int64_t offset = LowestLegal(forbidden);
    layout.offsets[static_cast<size_t>(index)] = offset;
    layout.arena = std::max(layout.arena, offset + item.size);
  }
  return layout;
}

// Conflicts seen from the earlier item; `earlier` then holds the later item's number.
std::vector<std::vector<LayoutConflict>> LaterConflicts(const std::vector<LayoutItem>& items) {
  std::vector<std::vector<LayoutConflict>> later(items.size());
  for (size_t i = 0; i < items.size(); ++i)
    for (const LayoutConflict& c : items[i].conflicts)
      later[static_cast<size_t>(c.earlier)].push_back({static_cast<int>(i), c.down, c.alias});
  return later;
}

// Depth-first search in order of creation inside one arena size.
class Search {
 public:
  Search(const std::vector<LayoutItem>& items, int64_t arena)
      : items_(items), arena_(arena), frames_(items.size()), offsets_(items.size(), 0) {
    std::vector<size_t> last_conflict(items.size(), 0);
    for (size_t i = 0; i < items.size(); ++i)
      for (const LayoutConflict& c : items[i].conflicts)
        last_conflict[static_cast<size_t>(c.earlier)] = i;
    // Items that matter to this or a later one; the others are history.
    std::vector<int> live;
    for (size_t i = 0; i < items.size(); ++i) {
      std::erase_if(live, [&](int j) { return last_conflict[static_cast<size_t>(j)] < i; });
      frames_[i].live = live;
      live.push_back(static_cast<int>(i));
    }
  }

  std::optional<Layout> Run() {
    size_t depth = 0;
    Open(0);
    for (int nodes = 0; nodes < kNodesPerArena + static_cast<int>(items_.size());) {
      Frame& frame = frames_[depth];
      if (frame.next == frame.candidates.size()) {
        failed_.insert(frame.state);
        if (depth == 0) return std::nullopt;
        --depth;
        continue;
      }
      ++nodes;
      offsets_[depth] = frame.candidates[frame.next++];
      if (depth + 1 == items_.size()) return Done();
      if (Open(depth + 1)) ++depth;
    }
    return std::nullopt;
  }

 private:
  struct Frame {
    std::vector<int> live;            // earlier items with conflicts here or later
    std::vector<int64_t> candidates;  // legal offsets, best first
    size_t next = 0;
    uint64_t state = 0;
  };

  // Prepares the choices of item `depth`; false where they are known to fail.
  bool Open(size_t depth) {
    Frame& frame = frames_[depth];
    frame.state = State(depth);
    if (failed_.contains(frame.state)) return false;
    frame.next = 0;
    FillCandidates(depth);
    if (!frame.candidates.empty()) return true;
    failed_.insert(frame.state);
    return false;
  }

  // A collision of this hash can only cost quality, never correctness.
  uint64_t State(size_t depth) const {
    uint64_t hash = 0x9e3779b97f4a7c15u * (depth + 1);
    for (int item : frames_[depth].live) {
      hash ^=
          static_cast<uint64_t>(offsets_[static_cast<size_t>(item)]) + (hash << 6) + (hash >> 2);
      hash *= 0xff51afd7ed558ccdu;
      hash ^= hash >> 33;
    }
    return hash;
  }

  void FillCandidates(size_t depth) {
    const LayoutItem& item = items_[depth];
    std::vector<int64_t>& candidates = frames_[depth].candidates;
    const int64_t top = arena_ - item.size;
    candidates.clear();
    forbidden_.clear();
    for (const LayoutConflict& c : item.conflicts) {
      const size_t earlier = static_cast<size_t>(c.earlier);
      const int64_t x = offsets_[earlier];
      forbidden_.push_back({x - c.down, x + items_[earlier].size, c.alias ? x : -1});
    }
    Consider(top, top, &candidates);
    Consider(0, top, &candidates);
    for (const Forbidden& f : forbidden_)
      for (int64_t offset : {f.from, f.to, f.hole}) Consider(offset, top, &candidates);
    // Extremes first: high keeps room for outputs that walk down, low for outputs above.
    if (candidates.size() > 2)
      std::sort(candidates.begin() + 2, candidates.end(), std::greater<>());
  }

  void Consider(int64_t offset, int64_t top, std::vector<int64_t>* candidates) const {
    if (offset < 0 || offset > top || !Legal(offset, forbidden_)) return;
    if (std::find(candidates->begin(), candidates->end(), offset) == candidates->end())
      candidates->push_back(offset);
  }

  Layout Done() const {
    Layout layout{offsets_, 0};
    for (size_t i = 0; i < items_.size(); ++i)
      layout.arena = std::max(layout.arena, offsets_[i] + items_[i].size);
    return layout;
  }

  const std::vector<LayoutItem>& items_;
  int64_t arena_;
  std::vector<Frame> frames_;
  std::vector<int64_t> offsets_;
  std::vector<Forbidden> forbidden_;
  std::unordered_set<uint64_t> failed_;
};

Layout BestFirstFit(const std::vector<LayoutItem>& items) {
  const auto later = LaterConflicts(items);
  std::vector<int> order(items.size());
  std::iota(order.begin(), order.end(), 0);
  Layout best = FirstFit(items, order, later);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return items[static_cast<size_t>(a)].size > items[static_cast<size_t>(b)].size;
  });
  Layout by_size = FirstFit(items, order, later);
  return by_size.arena < best.arena ? by_size : best;
}

}  // namespace

Layout SolveLayout(const std::vector<LayoutItem>& items, int64_t bound, int64_t granularity) {
  if (items.empty()) return {};
  if (std::optional<Layout> tight = Search(items, bound).Run()) return *std::move(tight);
  Layout best = BestFirstFit(items);
  int64_t failed = bound;  // no layout found at this size
  for (int step = 0; step < kArenaSizes && best.arena - failed > granularity; ++step) {
    const int64_t middle = failed + (best.arena - failed) / 2 / granularity * granularity;
    const int64_t arena = std::max(middle, failed + granularity);
    if (std::optional<Layout> found = Search(items, arena).Run()) {
      best = *std::move(found);
    } else {
      failed = arena;
    }
  }
  return best;
}

}  // namespace mcunas
