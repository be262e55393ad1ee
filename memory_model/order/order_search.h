// Orders of the items of one segment. Behind operator_order.h; see there for the method.
#pragma once

#include <cstdint>
#include <vector>

#include "memory_model/order/order_problem.h"

namespace mcunas {

struct ItemOrder {
  std::vector<int> items;
  int64_t peak = 0;
};

// No order has a smaller peak than this. Cost: one small maximum flow per item.
int64_t LeastPeakOf(const OrderSegment& segment);

int64_t PeakOfItems(const OrderSegment& segment, const std::vector<int>& items);

// The better of two orders in which an item runs when another one waits for it. Cost: O(items log
// items).
ItemOrder OrderOnDemand(const OrderSegment& segment);

// The best of a beam of `width` sets of done items; peaks below `floor` count as `floor`. Cost:
// O(items^2 * width).
ItemOrder SearchBeam(const OrderSegment& segment, int64_t floor, int width);

struct ExactOrder {
  ItemOrder order;      // no items: none with a peak below `ceiling` was found
  bool proven = false;  // false: the states ran out
};

// The order with the smallest peak if that is below `ceiling`; peaks below `floor` count as
// `floor`. Bisects the peak between the two. At most `max_states` sets are visited, over all steps;
// more than kMostItems items: none. `from_end`: which side is searched first; the peak is the same.
constexpr int kMostItems = 128;
ExactOrder SearchExact(const OrderSegment& segment, int64_t floor, int64_t ceiling, int max_states,
                       bool from_end = false);

}  // namespace mcunas
