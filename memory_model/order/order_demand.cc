// Orders on demand: an item runs when somebody waits for it, the operand with the highest hill
// first (the best postorder of Liu, "On the storage requirement in the out-of-core multifrontal
// method", ACM TOMS 12(3), 1986, which is optimal for trees among such orders).
#include "memory_model/order/order_demand.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "common/index.h"
#include "memory_model/order/order_beam.h"

namespace mcunas {
namespace {

class DemandOrder {
 public:
  explicit DemandOrder(const OrderSegment& segment)
      : segment_(segment), hills_(segment.items.size(), 0), done_(segment.items.size(), false) {
    // The highest room that any item on the way to an item takes.
    for (size_t i = 0; i < hills_.size(); ++i) {
      const OrderItem& item = segment.items[i];
      hills_[i] = std::max(item.hill, item.later_hill);
      for (int before : item.after) hills_[i] = std::max(hills_[i], hills_[Index(before)]);
    }
  }

  // `highest_first`: operands by hill, otherwise as they stand.
  std::vector<int> Run(bool highest_first) {
    highest_first_ = highest_first;
    std::vector<bool> wanted(hills_.size(), false);
    for (const OrderItem& item : segment_.items)
      for (int before : item.after) wanted[Index(before)] = true;
    for (int i = 0; i < static_cast<int>(hills_.size()); ++i)
      if (!wanted[Index(i)]) Demand(i);
    return std::move(order_);
  }

 private:
  struct Pending {
    int item = 0;
    std::vector<int> operands;  // still to be looked at, the next one last
  };

  Pending Open(int item) const {
    Pending pending{item, segment_.items[Index(item)].after};
    std::reverse(pending.operands.begin(), pending.operands.end());
    if (highest_first_)
      std::stable_sort(pending.operands.begin(), pending.operands.end(),
                       [&](int a, int b) { return hills_[Index(a)] < hills_[Index(b)]; });
    return pending;
  }

  void Demand(int item) {
    std::vector<Pending> stack = {Open(item)};
    while (!stack.empty()) {
      if (stack.back().operands.empty()) {
        const int ready = stack.back().item;
        if (!done_[Index(ready)]) order_.push_back(ready);
        done_[Index(ready)] = true;
        stack.pop_back();
        continue;
      }
      const int operand = stack.back().operands.back();
      stack.back().operands.pop_back();
      if (!done_[Index(operand)]) stack.push_back(Open(operand));
    }
  }

  const OrderSegment& segment_;
  bool highest_first_ = false;
  std::vector<int64_t> hills_;
  std::vector<bool> done_;
  std::vector<int> order_;
};

}  // namespace

ItemOrder OrderOnDemand(const OrderSegment& segment) {
  ItemOrder best;
  for (const bool highest_first : {true, false}) {
    ItemOrder order{DemandOrder(segment).Run(highest_first), 0};
    order.peak = PeakOfItems(segment, order.items);
    if (best.items.empty() || order.peak < best.peak) best = std::move(order);
  }
  return best;
}

}  // namespace mcunas
