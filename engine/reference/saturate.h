// The last step of every operator that computes.
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/arithmetic/requantization.h"

namespace mcunas {

inline int8_t Saturate(int32_t value, Clamp clamp) {
  return static_cast<int8_t>(std::clamp(value, clamp.low, clamp.high));
}

}  // namespace mcunas
