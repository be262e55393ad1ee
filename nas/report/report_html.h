// report.html: one file, no script, nothing fetched.
#pragma once

#include <string>

#include "nas/report/report_input.h"

namespace mcunas {

// Errors: CheckReportInput.
Expected<std::string> ReportHtml(const ReportInput& input);

}  // namespace mcunas
