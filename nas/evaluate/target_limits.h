// TargetLimits: what a network may use of its target, memory and time.
#pragma once

#include "memory_model/limits.h"

namespace mcunas {

struct TargetLimits : MemoryLimits {
  double latency_ms = 0;  // of one inference; 0 = no limit
};

}  // namespace mcunas
