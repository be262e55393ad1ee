#include "nas/evaluate/board_memory.h"

#include "memory_model/flash_model.h"
#include "memory_model/memory_model.h"
#include "nas/space/lower.h"
#include "network/operator_counts.h"

namespace mcunas {
namespace {

// The totals of a MemoryReport, without its tables.
MemoryReport TotalsOf(const Network& network, const PlanCosts& plan) {
  MemoryReport report;
  report.arena = plan.arena;
  report.scratch = plan.scratch;
  for (int tensor : OutputTensors(network))
    report.output += Bytes(network.tensor_shape(tensor).elements());
  report.static_data = kStaticDataEstimate;
  report.stack = kStackEstimate;
  report.total = report.arena + report.scratch + report.static_data + report.stack + report.output;
  report.flash_total = FlashBytes(network);
  report.macs = PlanMacs(NetworkMacs(network), plan.macs_factor);
  return report;
}

void StoreReport(const Network& network, const MemoryReport& report, double macs_factor,
                 CandidateRecord* record) {
  const auto store = [&](const char* name, double value, const char* unit) {
    record->metrics[name] = {value, unit, Source::kAnalytic};
  };
  store(metric::kArena, static_cast<double>(report.arena.value), "bytes");
  store(metric::kSram, static_cast<double>(report.total.value), "bytes");
  store(metric::kFlash, static_cast<double>(report.flash_total.value), "bytes");
  store(metric::kMacs, static_cast<double>(NetworkMacs(network).value), "MACs");
  store(metric::kPlanMacs, static_cast<double>(report.macs.value), "MACs");
  store(metric::kMacsFactor, macs_factor, "x");
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

Bytes FlashBytes(const Network& network) {
  Bytes bytes = NetworkConstantBytes(network) + CodeBytesEstimate(network);
  for (const Operator& op : network.operators) bytes += Bytes(OperatorWeightBytes(op));
  return bytes;
}

void BoardMemoryEvaluator::Evaluate(CandidateRecord* record) const {
  const Network network = Lower(space_, task_, record->architecture);
  const PlanCosts plan = CostsOf(network, ChoosePlanOptions(network, plan_, limits_));
  const MemoryReport report = TotalsOf(network, plan);
  StoreReport(network, report, plan.macs_factor, record);
  const auto violations = CheckLimits(report, limits_);
  if (violations.empty()) return;
  record->failure = FailureClass::kInfeasible;
  record->failure_reason = DescribeViolations(violations);
  record->violation = TotalViolation(violations);
}

}  // namespace mcunas
