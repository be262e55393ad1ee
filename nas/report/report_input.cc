#include "nas/report/report_input.h"

#include <cmath>

namespace mcunas {
namespace {

Expected<void> CheckMetrics(const CandidateRecord& record,
                            const std::map<std::string, Metric>& metrics) {
  for (const auto& [name, metric] : metrics) {
    if (std::isfinite(metric.value)) continue;
    return Error{ErrorCode::kCorrupt, "candidate " + record.hash.Short() + ": " + name +
                                          " is not a finite number; nothing is reported from it"};
  }
  return {};
}

Expected<void> CheckRecord(const CandidateRecord& record) {
  if (auto checked = CheckMetrics(record, record.metrics); !checked) return checked;
  for (const auto& [board, result] : record.boards) {
    if (auto checked = CheckMetrics(record, result.metrics); !checked) return checked;
  }
  return {};
}

}  // namespace

const FinalNetwork* Winner(const ReportInput& input) {
  if (input.ranking.empty() || !input.ranking[0].record.usable()) return nullptr;
  return &input.ranking[0];
}

Expected<void> CheckReportInput(const ReportInput& input) {
  for (const CandidateRecord& record : input.candidates) {
    if (auto checked = CheckRecord(record); !checked) return checked.error();
  }
  for (const FinalNetwork& result : input.ranking) {
    if (auto checked = CheckRecord(result.record); !checked) return checked.error();
    const size_t rows = result.memory.operators.size();
    if (rows != 0 && rows != result.network.operators.size()) {
      return Error{ErrorCode::kCorrupt, "candidate " + result.record.hash.Short() +
                                            ": its memory table belongs to another network"};
    }
  }
  for (const size_t position : input.front) {
    if (position < input.candidates.size()) continue;
    return Error{ErrorCode::kCorrupt, "the Pareto front names candidate " +
                                          std::to_string(position) + ", which does not exist"};
  }
  return {};
}

}  // namespace mcunas
