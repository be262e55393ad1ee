// The style sheet of report.html. Private to nas/report.
#pragma once

namespace mcunas {

extern const char* const kReportStyle;

}  // namespace mcunas
