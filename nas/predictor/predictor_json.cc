#include "nas/predictor/predictor_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace mcunas {
namespace {

using nlohmann::ordered_json;

Error Corrupt(const std::string& what) {
  return {ErrorCode::kCorrupt, "latency predictor: " + what};
}

// A finite number >= 0, or NaN.
double ReadPositive(const ordered_json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_number()) return std::nan("");
  const double value = found->get<double>();
  return std::isfinite(value) && value >= 0 ? value : std::nan("");
}

}  // namespace

std::string PredictorToJson(const LatencyPredictor& predictor) {
  ordered_json json = {{"samples", predictor.samples}, {"spread", predictor.spread}};
  for (size_t f = 0; f < kFeatureCount; ++f) {
    json["coefficients"][FeatureName(static_cast<int>(f))] = predictor.coefficients[f];
  }
  return json.dump();
}

Expected<LatencyPredictor> PredictorFromJson(std::string_view text) {
  const auto json = ordered_json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return Corrupt("not a JSON object");
  LatencyPredictor predictor;
  const double samples = ReadPositive(json, "samples");
  predictor.spread = ReadPositive(json, "spread");
  if (std::isnan(samples) || samples > 1e9 || std::isnan(predictor.spread)) {
    return Corrupt("'samples' and 'spread' must be numbers of at least 0");
  }
  predictor.samples = static_cast<int>(samples);
  const auto coefficients = json.find("coefficients");
  if (coefficients == json.end() || !coefficients->is_object()) {
    return Corrupt("'coefficients' is missing");
  }
  for (size_t f = 0; f < kFeatureCount; ++f) {
    const char* name = FeatureName(static_cast<int>(f));
    predictor.coefficients[f] = ReadPositive(*coefficients, name);
    if (std::isnan(predictor.coefficients[f])) {
      return Corrupt("coefficient '" + std::string(name) + "' must be a number of at least 0");
    }
  }
  return predictor;
}

}  // namespace mcunas
