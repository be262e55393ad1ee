// Beam search over sets of done items.
#include "memory_model/order/order_beam.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "common/index.h"
#include "memory_model/order/order_step.h"

namespace mcunas {
namespace {

// A set of any number of items.
class WideSet {
 public:
  explicit WideSet(size_t items) : words_((items + 63) / 64) {}
  bool Has(int i) const { return words_[Index(i / 64)] >> (i % 64) & 1; }
  void Insert(int i) { words_[Index(i / 64)] |= uint64_t{1} << (i % 64); }
  auto operator<=>(const WideSet&) const = default;

 private:
  std::vector<uint64_t> words_;
};

template <typename Set>
bool Ready(const OrderItem& item, const Set& done) {
  return std::all_of(item.after.begin(), item.after.end(), [&](int i) { return done.Has(i); });
}

// One element of the beam.
struct Candidate {
  int64_t peak = 0;
  int64_t live = 0;
  int parent = -1;  // index into the beam of the step before
  int item = 0;
  WideSet done;
};

bool Better(const Candidate& a, const Candidate& b) {
  return std::tie(a.peak, a.live, a.parent, a.item) < std::tie(b.peak, b.live, b.parent, b.item);
}

// The best candidate of each set, at most `width` of them.
void Prune(int width, std::vector<Candidate>* beam) {
  std::sort(beam->begin(), beam->end(), [](const Candidate& a, const Candidate& b) {
    return a.done != b.done ? a.done < b.done : Better(a, b);
  });
  const auto end =
      std::unique(beam->begin(), beam->end(),
                  [](const Candidate& a, const Candidate& b) { return a.done == b.done; });
  beam->erase(end, beam->end());
  std::sort(beam->begin(), beam->end(), Better);
  if (beam->size() > Index(width)) beam->erase(beam->begin() + width, beam->end());
}

}  // namespace

int64_t PeakOfItems(const OrderSegment& segment, const std::vector<int>& items) {
  WideSet done(segment.items.size());
  int64_t live = segment.live, peak = segment.live;
  for (int item : items) {
    const OrderStep step = StepOf(segment, item, live, done);
    peak = std::max(peak, step.needed);
    live = step.left;
    done.Insert(item);
  }
  return peak;
}

ItemOrder SearchBeam(const OrderSegment& segment, int64_t floor, int width) {
  const int count = static_cast<int>(segment.items.size());
  std::vector<std::vector<std::pair<int, int>>> steps;  // (parent, item) of each beam
  std::vector<Candidate> beam = {{floor, segment.live, -1, -1, WideSet(Index(count))}};
  for (int step = 0; step < count; ++step) {
    std::vector<Candidate> next;
    for (int parent = 0; parent < static_cast<int>(beam.size()); ++parent) {
      const Candidate& from = beam[Index(parent)];
      for (int i = 0; i < count; ++i) {
        if (from.done.Has(i) || !Ready(segment.items[Index(i)], from.done)) continue;
        const OrderStep made = StepOf(segment, i, from.live, from.done);
        next.push_back({std::max(from.peak, made.needed), made.left, parent, i, from.done});
        next.back().done.Insert(i);
      }
    }
    Prune(width, &next);
    beam = std::move(next);
    steps.emplace_back();
    for (const Candidate& c : beam) steps.back().push_back({c.parent, c.item});
  }
  ItemOrder order{{}, beam[0].peak};
  int at = 0;
  for (int step = count - 1; step >= 0; --step) {
    order.items.push_back(steps[Index(step)][Index(at)].second);
    at = steps[Index(step)][Index(at)].first;
  }
  std::reverse(order.items.begin(), order.items.end());
  return order;
}

}  // namespace mcunas
