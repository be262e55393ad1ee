// The score against SRAM and against latency, each a figure of report.html. Private to nas/report.
#pragma once

#include <string>

#include "nas/report/report_input.h"

namespace mcunas {

std::string ScoreSramFigure(const ReportInput& input);
std::string ScoreLatencyFigure(const ReportInput& input);

}  // namespace mcunas
