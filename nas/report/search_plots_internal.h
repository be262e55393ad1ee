// How the search went, as figures of report.html. Private to nas/report.
#pragma once

#include <string>

#include "nas/report/report_input.h"

namespace mcunas {

// Predicted against measured latency with mean error and rank correlation.
std::string PredictorFigure(const ReportInput& input);
// Hypervolume against evaluations.
std::string HypervolumeFigure(const ReportInput& input);

}  // namespace mcunas
