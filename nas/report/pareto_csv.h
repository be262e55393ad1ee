// pareto.csv (RFC 4180).
#pragma once

#include <string>

#include "nas/report/report_input.h"

namespace mcunas {

// One line per candidate of the front; values with full precision, then unit and source of each
// metric in columns of their own ("accuracy", "accuracy_unit", "accuracy_source"). Errors:
// CheckReportInput.
Expected<std::string> ParetoCsv(const ReportInput& input);

}  // namespace mcunas
