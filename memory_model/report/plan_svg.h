// A picture of the arena over time: groups from left to right, bytes from bottom to top.
#pragma once

#include <string>

#include "memory_model/execution_plan.h"
#include "memory_model/memory_model.h"
#include "network/network.h"

namespace mcunas {

// A whole SVG document. Every tensor is a rectangle from the group that makes it to the last that
// reads it, at the bytes where it lies: the network's input, tensors kept whole, rings, int32 sums;
// moves are arrows, groups are columns, the fullest one is marked. One panel for each memory region
// in use. Colours follow the viewer's light or dark scheme; hovering names a rectangle. The same
// plan always gives the same bytes. Pre-condition: the plan is one of this network.
std::string PlanToSvg(const Network& network, const ExecutionPlan& plan,
                      const MemoryReport& report);

}  // namespace mcunas
