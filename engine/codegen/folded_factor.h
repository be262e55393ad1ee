// A real factor in the form the row kernels want (struct mcu_factor).
#pragma once

#include <cstdint>

namespace mcunas {

struct FoldedFactor {
  int32_t multiplier = 0;
  int32_t right_shift = 0;
};

}  // namespace mcunas
