// A latency predictor as text.
#pragma once

#include <string>
#include <string_view>

#include "common/expected.h"
#include "nas/predictor/latency_predictor.h"

namespace mcunas {

// {"samples", "spread", "coefficients": {name: ticks}}; reading back gives an equal value.
std::string PredictorToJson(const LatencyPredictor& predictor);
// kCorrupt for anything else.
Expected<LatencyPredictor> PredictorFromJson(std::string_view text);

}  // namespace mcunas
