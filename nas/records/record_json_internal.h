// The parts of records that are stored as JSON text.
#pragma once

#include <map>
#include <string>

#include "nas/evaluate/study.h"

namespace mcunas {

using BoardResults = std::map<std::string, BoardResult>;
std::string BoardsToJson(const BoardResults& boards);
Expected<BoardResults> BoardsFromJson(const std::string& text);

std::string EvaluationToJson(const EvaluationResult& result);  // without seconds
Expected<EvaluationResult> EvaluationFromJson(const std::string& text);

std::string MeasurementToJson(const Measurement& measurement);
Expected<Measurement> MeasurementFromJson(const std::string& text);

}  // namespace mcunas
