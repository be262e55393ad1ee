// What no order of the items of one segment can beat.
#pragma once

#include <cstdint>

#include "memory_model/order/order_problem.h"

namespace mcunas {

// No order has a smaller peak than this. Cost: one small maximum flow per item.
int64_t LeastPeakOf(const OrderSegment& segment);

}  // namespace mcunas
