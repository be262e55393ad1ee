// From a finished (or stopped) search to what a person reads: pareto.csv, result.json and
// report.html, one file that works offline and without JavaScript. The table of the terminal:
// result_table.h.
#pragma once

#include <filesystem>

#include "common/expected.h"
#include "nas/report/report_input.h"

namespace mcunas {

// All three files into `folder`, each written atomically. Errors: CheckReportInput, kIo.
Expected<void> WriteReportFiles(const ReportInput& input, const std::filesystem::path& folder);

}  // namespace mcunas
