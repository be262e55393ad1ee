#include "nas/report/pareto_csv.h"

#include <fmt/format.h>

#include <map>
#include <set>

namespace mcunas {
namespace {

std::string Quoted(const std::string& text) {
  if (text.find_first_of("\",\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

using Metrics = std::map<std::string, Metric>;

// Where several boards measure, each has columns of its own beside those of the board that speaks
// for the candidate: "latency_ms@qemu-m7".
Metrics Columns(const ReportInput& input, const CandidateRecord& record) {
  Metrics columns = AllMetrics(record);
  if (input.measured_on.size() < 2) return columns;
  for (const auto& [board, result] : record.boards) {
    for (const auto& [name, metric] : result.metrics) columns[name + "@" + board] = metric;
  }
  return columns;
}

std::set<std::string> ColumnNames(const ReportInput& input) {
  std::set<std::string> names;
  for (const size_t position : input.front) {
    for (const auto& [name, metric] : Columns(input, input.candidates[position]))
      names.insert(name);
  }
  return names;
}

std::string Row(const CandidateRecord& record, const Metrics& columns,
                const std::set<std::string>& names) {
  std::string row = fmt::format("{},{},{}", record.hash.Hex(), record.index, record.round);
  for (const std::string& name : names) {
    const auto found = columns.find(name);
    if (found == columns.end()) {
      row += ",,,";
    } else {
      const Metric& metric = found->second;
      row += fmt::format(",{},{},{}", metric.value, Quoted(metric.unit), SourceName(metric.source));
    }
  }
  return row + "," + Quoted(ArchitectureToJson(record.architecture)) + "\n";
}

}  // namespace

Expected<std::string> ParetoCsv(const ReportInput& input) {
  if (auto checked = CheckReportInput(input); !checked) return checked.error();
  const std::set<std::string> names = ColumnNames(input);
  std::string csv = "network,index,round";
  for (const std::string& name : names) {
    csv += fmt::format(",{0},{0}_unit,{0}_source", Quoted(name));
  }
  csv += ",architecture\n";
  for (const size_t position : input.front) {
    const CandidateRecord& record = input.candidates[position];
    csv += Row(record, Columns(input, record), names);
  }
  return csv;
}

}  // namespace mcunas
