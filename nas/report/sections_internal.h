// The parts of the page report.html. Private to nas/report.
#pragma once

#include <string>

#include "nas/report/report_input.h"

namespace mcunas {

// Sections below the plots, each with its heading; empty where there is nothing to say.
std::string RankingSection(const ReportInput& input);
std::string BoardsSection(const ReportInput& input);  // where several boards measured
std::string RoundsSection(const ReportInput& input);
std::string RejectionsSection(const ReportInput& input);
std::string FrontSection(const ReportInput& input);

// <div class="wide"><table>...; cells are HTML already. Columns named in `left` stand left.
struct HtmlTable {
  std::vector<std::string> titles;
  std::vector<std::string> styles;  // of the cells of each column: "", "left", "text"
  std::vector<std::vector<std::string>> rows;
  int marked_row = -1;  // shown in bold
};
std::string TableHtml(const HtmlTable& table);

}  // namespace mcunas
