// SRAM of each operator of one network as bars. Private to nas/report.
#pragma once

#include <string>

#include "memory_model/limits.h"
#include "nas/evaluate/final_network.h"

namespace mcunas {

// Live bytes and scratch of each operator, the peak marked, and what the limit leaves for them.
std::string MemoryFigure(const FinalNetwork& result, size_t rank, const MemoryLimits& limits);

}  // namespace mcunas
