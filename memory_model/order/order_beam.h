// Orders of the items of one segment by beam search.
#pragma once

#include <cstdint>
#include <vector>

#include "memory_model/order/order_problem.h"

namespace mcunas {

struct ItemOrder {
  std::vector<int> items;
  int64_t peak = 0;
};

int64_t PeakOfItems(const OrderSegment& segment, const std::vector<int>& items);

// The best of a beam of `width` sets of done items; peaks below `floor` count as `floor`. Cost:
// O(items^2 * width).
ItemOrder SearchBeam(const OrderSegment& segment, int64_t floor, int width);

}  // namespace mcunas
