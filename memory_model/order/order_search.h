// The exact order of the items of one segment. Behind operator_order.h; see there for the method.
#pragma once

#include <cstdint>

#include "memory_model/order/order_beam.h"
#include "memory_model/order/order_problem.h"

namespace mcunas {

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
