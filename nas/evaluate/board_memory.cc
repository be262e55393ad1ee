#include "nas/evaluate/board_memory.h"

namespace mcunas {
namespace {

void StoreReport(const MemoryReport& report, CandidateRecord* record) {
  const auto store = [&](const char* name, int64_t value, const char* unit) {
    record->metrics[name] = {static_cast<double>(value), unit, Source::kAnalytic};
  };
  store(metric::kArena, report.arena.value, "bytes");
  store(metric::kSram, report.total.value, "bytes");
  store(metric::kFlash, report.flash_total.value, "bytes");
  store(metric::kMacs, report.macs.value, "MACs");
}

}  // namespace

std::string DescribeViolations(const std::vector<LimitViolation>& violations) {
  std::string text;
  for (const LimitViolation& v : violations) {
    if (!text.empty()) text += "; ";
    text += v.what + ": needs " + std::to_string(v.needed) + (v.what == "macs" ? "" : " bytes") +
            ", limit " + std::to_string(v.limit);
  }
  return text;
}

double TotalViolation(const std::vector<LimitViolation>& violations) {
  double total = 0;
  for (const LimitViolation& v : violations) {
    total += static_cast<double>(v.needed) / static_cast<double>(v.limit) - 1;
  }
  return total;
}

void BoardMemoryEvaluator::Evaluate(CandidateRecord* record) const {
  const Network network = Lower(space_, task_, record->architecture);
  const MemoryReport report = ReportMemory(network, PlanMemory(network));
  StoreReport(report, record);
  const auto violations = CheckLimits(report, limits_);
  if (violations.empty()) return;
  record->failure = FailureClass::kInfeasible;
  record->failure_reason = DescribeViolations(violations);
  record->violation = TotalViolation(violations);
}

}  // namespace mcunas
