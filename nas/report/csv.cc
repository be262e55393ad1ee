// pareto.csv (RFC 4180).
#include <fmt/format.h>

#include <set>

#include "nas/report/report.h"

namespace mcunas {
namespace {

std::string Quoted(const std::string& text) {
  if (text.find_first_of("\",\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::set<std::string> MetricNames(const ReportInput& input) {
  std::set<std::string> names;
  for (const size_t position : input.front) {
    for (const auto& [name, metric] : input.candidates[position].metrics) names.insert(name);
  }
  return names;
}

std::string Row(const CandidateRecord& record, const std::set<std::string>& names) {
  std::string row = fmt::format("{},{},{}", record.hash.Hex(), record.index, record.round);
  for (const std::string& name : names) {
    const auto found = record.metrics.find(name);
    if (found == record.metrics.end()) {
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
  const std::set<std::string> names = MetricNames(input);
  std::string csv = "network,index,round";
  for (const std::string& name : names) {
    csv += fmt::format(",{0},{0}_unit,{0}_source", Quoted(name));
  }
  csv += ",architecture\n";
  for (const size_t position : input.front) csv += Row(input.candidates[position], names);
  return csv;
}

}  // namespace mcunas
