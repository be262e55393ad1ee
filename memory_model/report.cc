#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "memory_model/flash_model.h"
#include "memory_model/live_bound.h"
#include "memory_model/memory_model.h"

namespace mcunas {
namespace {

size_t At(int tensor) { return static_cast<size_t>(tensor + 1); }

// Which tensors exist while each group runs, read off the plan's groups.
class Lifetimes {
 public:
  Lifetimes(const Network& network, const ExecutionPlan& plan)
      : group_of_(network.operators.size(), 0),
        first_(network.operators.size() + 1, -1),
        last_(network.operators.size() + 1, -1) {
    for (size_t g = 0; g < plan.groups.size(); ++g)
      for (int i = plan.groups[g].first; i < plan.groups[g].last; ++i)
        group_of_[static_cast<size_t>(i)] = static_cast<int>(g);
    for (int i = 0; i < static_cast<int>(network.operators.size()); ++i) {
      const int group = group_of_[static_cast<size_t>(i)];
      first_[At(i)] = last_[At(i)] = group;
      for (int t : network.operators[static_cast<size_t>(i)].inputs) last_[At(t)] = group;
    }
  }

  std::vector<int> LiveAt(int op) const {
    const int group = group_of_[static_cast<size_t>(op)];
    std::vector<int> live;
    for (size_t t = 0; t < first_.size(); ++t)
      if (first_[t] <= group && last_[t] >= group) live.push_back(static_cast<int>(t) - 1);
    return live;
  }

 private:
  std::vector<int> group_of_;      // of each operator
  std::vector<int> first_, last_;  // group of creation and of last use, tensor t at t + 1
};

// Bytes covered by at least one of the tensors.
int64_t CoveredBytes(const ExecutionPlan& plan, const std::vector<int>& tensors) {
  std::vector<std::pair<int64_t, int64_t>> ranges;
  for (int t : tensors) {
    const TensorPlacement& p = plan.tensors[At(t)];
    ranges.emplace_back(p.offset, p.offset + p.size());
  }
  std::sort(ranges.begin(), ranges.end());
  int64_t covered = 0;
  int64_t end = 0;
  for (const auto& [from, to] : ranges) {
    covered += std::max<int64_t>(0, to - std::max(from, end));
    end = std::max(end, to);
  }
  return covered;
}

std::string TensorText(const Network& network, const ExecutionPlan& plan, int tensor) {
  const Shape s = network.tensor_shape(tensor);
  const std::string name =
      tensor == kNetworkInput ? "the input" : "tensor " + std::to_string(tensor);
  return name + " " + std::to_string(s.height) + "x" + std::to_string(s.width) + "x" +
         std::to_string(s.channels) + " (" + std::to_string(plan.tensors[At(tensor)].size()) +
         " B)";
}

std::string PeakReason(const Network& network, const ExecutionPlan& plan,
                       const std::vector<int>& live) {
  const int op = plan.peak_operator;
  std::string text = "operator " + std::to_string(op) + " (" +
                     OpName(network.operators[static_cast<size_t>(op)].kind) + ") holds ";
  int64_t sum = 0;
  for (size_t i = 0; i < live.size(); ++i) {
    if (i > 0) text += i + 1 == live.size() ? " and " : ", ";
    text += TensorText(network, plan, live[i]);
    sum += plan.tensors[At(live[i])].size();
  }
  const int64_t shared = sum - CoveredBytes(plan, live);
  if (shared > 0) text += ", of which " + std::to_string(shared) + " B overlap";
  return text;
}

void AddTotals(const Network& network, const ExecutionPlan& plan, MemoryReport* report) {
  report->arena = plan.arena;
  report->scratch = plan.scratch;
  report->input = Bytes(network.input.elements());
  report->output = Bytes(network.output().elements());
  report->static_data = kStaticDataEstimate;
  report->stack = kStackEstimate;
  report->total =
      report->arena + report->scratch + report->static_data + report->stack + report->output;
  report->constants = NetworkConstantBytes(network);
  report->code = CodeBytesEstimate(network);
  report->flash_total = report->weights + report->constants + report->code;
}

void CheckLimit(const char* what, int64_t limit, int64_t needed,
                std::vector<LimitViolation>* violations) {
  if (limit > 0 && needed > limit) violations->push_back({what, limit, needed});
}

}  // namespace

MemoryReport ReportMemory(const Network& network, const ExecutionPlan& plan) {
  MemoryReport report;
  const Lifetimes lifetimes(network, plan);
  for (size_t i = 0; i < network.operators.size(); ++i) {
    const Operator& op = network.operators[i];
    OperatorMemory row;
    row.live = Bytes(CoveredBytes(plan, lifetimes.LiveAt(static_cast<int>(i))));
    row.scratch = Bytes(OperatorScratchBytes(op));
    row.weights = Bytes(OperatorWeights(op));
    row.constants = OperatorConstantBytes(op);
    row.macs = OperatorMacs(op);
    report.weights += row.weights;
    report.macs += row.macs;
    report.operators.push_back(row);
  }
  report.peak_reason = PeakReason(network, plan, lifetimes.LiveAt(plan.peak_operator));
  AddTotals(network, plan, &report);
  return report;
}

std::vector<LimitViolation> CheckLimits(const MemoryReport& report, const MemoryLimits& limits) {
  std::vector<LimitViolation> violations;
  CheckLimit("sram", limits.sram.value, report.total.value, &violations);
  CheckLimit("flash", limits.flash.value, report.flash_total.value, &violations);
  CheckLimit("macs", limits.macs.value, report.macs.value, &violations);
  return violations;
}

}  // namespace mcunas
