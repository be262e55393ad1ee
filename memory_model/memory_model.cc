#include "memory_model/memory_model.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "common/index.h"
#include "memory_model/flash_model.h"
#include "memory_model/scratch.h"
#include "network/operator_counts.h"

namespace mcunas {
namespace {

struct Range {
  int64_t from = 0, to = 0;
};

// What lies in region 0 while each group runs, read off the plan: tensors made before and read
// later where the moves left them, the group's own tensors, its sums.
class Occupancy {
 public:
  Occupancy(const Network& network, const ExecutionPlan& plan)
      : plan_(plan), group_of_(network.operator_count()) {
    const int count = network.operator_count();
    for (size_t g = 0; g < plan.groups.size(); ++g)
      for (int i = plan.groups[g].first; i < plan.groups[g].last; ++i)
        group_of_[i] = static_cast<int>(g);
    first_.resize(count);
    last_.resize(count);
    for (int i = 0; i < count; ++i) {
      const int group = GroupOf(i);
      first_[i] = last_[i] = group;
      for (int t : network.op(i).inputs) last_[t] = group;
    }
    for (int t : OutputTensors(network)) last_[t] = static_cast<int>(plan.groups.size());
  }

  struct Place {
    int64_t offset = 0;
    int region = 0;
  };
  // Where a tensor lies while a group runs.
  Place PlaceAt(int tensor, int group) const {
    const TensorPlacement& made = plan_.tensors[tensor];
    Place place{made.offset, made.region};
    for (const TensorMove& move : plan_.moves)
      if (move.tensor == tensor && move.group <= group) place = {move.offset, move.region};
    return place;
  }

  int GroupOf(int op) const { return group_of_[op]; }
  std::vector<int> TensorsAt(int group) const {
    std::vector<int> live;
    for (int t = kNetworkInput; t < first_.end_number(); ++t)
      if (first_[t] <= group && last_[t] >= group) live.push_back(t);
    return live;
  }
  int64_t BytesCovered(int group) const {
    std::vector<Range> ranges;
    for (int t : TensorsAt(group)) {
      const Place place = PlaceAt(t, group);
      if (place.region == 0)
        ranges.push_back({place.offset, place.offset + plan_.tensors[t].size()});
    }
    for (const StatePlacement& s : plan_.states)
      if (GroupOf(s.op) == group && s.region == 0) ranges.push_back({s.offset, s.offset + s.bytes});
    std::sort(ranges.begin(), ranges.end(),
              [](const Range& a, const Range& b) { return a.from < b.from; });
    int64_t covered = 0, end = 0;
    for (const Range& range : ranges) {
      covered += std::max<int64_t>(0, range.to - std::max(range.from, end));
      end = std::max(end, range.to);
    }
    return covered;
  }

 private:
  const ExecutionPlan& plan_;
  PerOperator<int> group_of_;
  PerTensor<int> first_, last_;  // group of creation and of last use
};

std::string TensorText(const Network& network, const ExecutionPlan& plan, int tensor) {
  const std::string name =
      tensor == kNetworkInput ? "the input" : "tensor " + std::to_string(tensor);
  return name + " " + ShapeText(network.tensor_shape(tensor)) + " (" +
         std::to_string(plan.tensors[tensor].size()) + " B)";
}

std::string JoinTexts(const std::vector<std::string>& texts) {
  std::string joined;
  for (size_t i = 0; i < texts.size(); ++i)
    joined += (i == 0 ? "" : i + 1 == texts.size() ? " and " : ", ") + texts[i];
  return joined;
}

std::string GroupText(const Network& network, const PlanGroup& group) {
  const auto name = [&](int op) {
    return std::to_string(op) + " (" + OpName(network.op(op).kind) + ")";
  };
  if (group.last - group.first == 1) return "operator " + name(group.first) + " holds ";
  return "operators " + name(group.first) + " to " + name(group.last - 1) +
         " run together and hold ";
}

std::string PeakReason(const Network& network, const ExecutionPlan& plan,
                       const Occupancy& occupancy) {
  const int group = occupancy.GroupOf(plan.peak_operator);
  std::vector<std::string> texts;
  int64_t sum = 0, rings = 0;
  for (int t : occupancy.TensorsAt(group)) {
    const TensorPlacement& p = plan.tensors[t];
    if (occupancy.PlaceAt(t, group).region != 0) continue;
    sum += p.size();
    if (p.ring_pixels < int64_t{network.tensor_shape(t).height} * network.tensor_shape(t).width) {
      rings += p.size();
    } else {
      texts.push_back(TensorText(network, plan, t));
    }
  }
  if (rings > 0) texts.push_back(std::to_string(rings) + " B of rings");
  for (const StatePlacement& s : plan.states) {
    if (occupancy.GroupOf(s.op) != group || s.region != 0) continue;
    texts.push_back(std::to_string(s.bytes) + " B of sums");
    sum += s.bytes;
  }
  std::string text = GroupText(network, plan.groups[Index(group)]) + JoinTexts(texts);
  const int64_t shared = sum - occupancy.BytesCovered(group);
  if (shared > 0) text += ", of which " + std::to_string(shared) + " B overlap";
  return text;
}

void AddTotals(const Network& network, const ExecutionPlan& plan, MemoryReport* report) {
  report->arena = plan.arena;
  report->scratch = plan.scratch;
  report->input = Bytes(plan.tensors[kNetworkInput].size());
  for (int tensor : OutputTensors(network))
    report->output += Bytes(network.tensor_shape(tensor).elements());
  report->static_data = kStaticDataEstimate;
  report->stack = kStackEstimate;
  report->total =
      report->arena + report->scratch + report->static_data + report->stack + report->output;
  report->constants = NetworkConstantBytes(network);
  report->code = CodeBytesEstimate(network);
  report->flash_total = report->weights + report->constants + report->code;
}

}  // namespace

MemoryReport ReportMemory(const Network& network, const ExecutionPlan& plan) {
  MemoryReport report;
  const Occupancy occupancy(network, plan);
  std::vector<Bytes> covered;
  for (size_t g = 0; g < plan.groups.size(); ++g)
    covered.push_back(Bytes(occupancy.BytesCovered(static_cast<int>(g))));
  for (size_t i = 0; i < network.operators.size(); ++i) {
    const Operator& op = network.operators[i];
    OperatorMemory row;
    row.live = covered[Index(occupancy.GroupOf(static_cast<int>(i)))];
    row.scratch = Bytes(OperatorScratchBytes(op));
    row.weights = Bytes(OperatorWeightBytes(op));
    row.constants = OperatorConstantBytes(op);
    row.macs = OperatorMacs(op);
    report.weights += row.weights;
    report.macs += row.macs;
    report.operators.push_back(row);
  }
  report.executed_macs =
      Macs(std::llround(static_cast<double>(report.macs.value) * plan.macs_factor));
  report.peak_reason = PeakReason(network, plan, occupancy);
  AddTotals(network, plan, &report);
  return report;
}

}  // namespace mcunas
