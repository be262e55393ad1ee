// How sums of products become bytes again.
#pragma once

#include "common/named.h"

namespace mcunas {

// How the 32-bit accumulator becomes int8; a property of each operator, named in every result.
//   kDouble: SaturatingRoundingDoublingHighMul, then RoundingDivideByPOT (TFLite Micro, CMSIS-NN,
//            and the TFLite reference kernels of convolutions and element-wise operators)
//   kSingle: one 64-bit rounding shift (TFLite reference FULLY_CONNECTED)
enum class Rounding { kDouble, kSingle };

// Which runtime's bytes we reproduce: picks the Rounding of every operator.
enum class RoundingMode { kTflm, kTflite };
inline constexpr Named<RoundingMode> kRoundingModes[] = {{RoundingMode::kTflite, "tflite"},
                                                         {RoundingMode::kTflm, "tflm"}};

}  // namespace mcunas
