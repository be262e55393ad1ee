#include "nas/report/report.h"

#include "common/file.h"
#include "nas/report/pareto_csv.h"
#include "nas/report/report_html.h"
#include "nas/report/result_json.h"

namespace mcunas {

Expected<void> WriteReportFiles(const ReportInput& input, const std::filesystem::path& folder) {
  const auto csv = ParetoCsv(input);
  if (!csv) return csv.error();
  const auto json = ResultJson(input);
  if (!json) return json.error();
  const auto html = ReportHtml(input);
  if (!html) return html.error();
  if (auto w = WriteFileAtomically(folder / "pareto.csv", *csv); !w) return w.error();
  if (auto w = WriteFileAtomically(folder / "result.json", *json); !w) return w.error();
  return WriteFileAtomically(folder / "report.html", *html);
}

}  // namespace mcunas
