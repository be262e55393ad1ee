// result.json.
#pragma once

#include <string>

#include "nas/report/report_input.h"

namespace mcunas {

constexpr int kResultSchemaVersion = 1;

// Every number as {"value", "unit", "source"}. Errors: CheckReportInput.
Expected<std::string> ResultJson(const ReportInput& input);

}  // namespace mcunas
