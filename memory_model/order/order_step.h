// One step of an order: what it needs and what it leaves. Behind operator_order.h.
#pragma once

#include <algorithm>
#include <cstdint>

#include "common/index.h"
#include "memory_model/order/order_problem.h"

namespace mcunas {

struct OrderStep {
  int64_t needed = 0;  // live bytes while the item runs
  int64_t left = 0;    // live bytes afterwards
};

// Executes item `index` where `live` bytes are alive and the items of `done` are done.
template <typename Set>
OrderStep StepOf(const OrderSegment& segment, int index, int64_t live, const Set& done) {
  const OrderItem& item = segment.items[Index(index)];
  OrderStep step{live + item.hill, live + item.rest};
  int64_t later = live + item.later_hill;
  for (const OrderOperand& operand : item.operands) {
    const OrderTensor& tensor = segment.tensors[Index(operand.tensor)];
    const bool dies = std::all_of(tensor.readers.begin(), tensor.readers.end(),
                                  [&](int r) { return r == index || done.Has(r); });
    if (!dies) continue;
    step.left -= tensor.size;
    later -= tensor.size;
    if (operand.in_place) step.needed = live;
  }
  step.needed = std::max(step.needed, later);
  return step;
}

}  // namespace mcunas
