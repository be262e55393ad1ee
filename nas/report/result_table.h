// The ranking for the terminal.
#pragma once

#include <string>

#include "nas/report/report_input.h"

namespace mcunas {

// The verdict on the winner, then the ranking as text lines of at most `width` characters (0: any),
// dropping the least important columns first; then baselines, winner and next commands. Never
// fails: a NaN is shown as "-".
std::string FormatResultTable(const ReportInput& input, int width);

}  // namespace mcunas
