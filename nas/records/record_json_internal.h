// The parts of records that are stored as JSON text.
#pragma once

#include <string>

#include "nas/evaluate/study.h"

namespace mcunas {

std::string TicksToJson(const std::vector<int64_t>& ticks);
Expected<std::vector<int64_t>> TicksFromJson(const std::string& text);

std::string EvaluationToJson(const EvaluationResult& result);  // without seconds
Expected<EvaluationResult> EvaluationFromJson(const std::string& text);

std::string MeasurementToJson(const Measurement& measurement);
Expected<Measurement> MeasurementFromJson(const std::string& text);

}  // namespace mcunas
