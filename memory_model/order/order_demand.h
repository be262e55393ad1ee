// Orders of the items of one segment by demand.
#pragma once

#include "memory_model/order/order_beam.h"
#include "memory_model/order/order_problem.h"

namespace mcunas {

// The better of two orders in which an item runs when another one waits for it. Cost: O(items log
// items).
ItemOrder OrderOnDemand(const OrderSegment& segment);

}  // namespace mcunas
