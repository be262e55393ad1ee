#include "memory_model/regions/region_problem.h"

#include <algorithm>

#include "common/index.h"
#include "memory_model/alignment.h"
#include "memory_model/planner/stream_facts.h"
#include "network/operator_counts.h"

namespace mcunas {
namespace {

// Bytes of one operand that an operator reads, layer by layer.
int64_t ReadBytes(const Network& network, const Operator& op, size_t operand) {
  const Shape in = network.tensor_shape(op.inputs[operand]);
  if (HasWindow(op.kind))
    return int64_t{op.out.height} * op.out.width * op.kernel.height * op.kernel.width * in.channels;
  if (op.kind == OpKind::kTransposeConv) return OperatorMacs(op).value / op.out.channels;
  if (op.kind == OpKind::kResizeBilinear) return 4 * op.out.elements();
  const bool repeats = op.kind == OpKind::kResizeNearest || op.kind == OpKind::kSlice ||
                       (op.broadcast && operand == 1);
  return repeats ? op.out.elements() : in.elements();
}

// int32 sums are read and written once per addition.
int64_t SumTraffic(const Network& network, const PlanGroup& group, int op) {
  const Operator& made = network.op(op);
  if (made.kind == OpKind::kGlobalAveragePool) return 8 * made.in.elements();
  if (group.mode != GroupMode::kChannelTiles || op != group.last - 1) return 0;
  const int tiles = (made.in.channels + group.channel_tile - 1) / group.channel_tile;
  return 8 * tiles * made.out.elements();
}

// Bytes of `tensor` that are read and written while the group runs.
int64_t TensorTraffic(const Network& network, const PlanGroup& group, int tensor) {
  int64_t traffic = 0;
  if (tensor >= group.first && tensor < group.last)
    traffic += network.tensor_shape(tensor).elements();
  for (int i = group.first; i < group.last; ++i) {
    const Operator& op = network.op(i);
    for (size_t k = 0; k < op.inputs.size(); ++k)
      if (op.inputs[k] == tensor) traffic += ReadBytes(network, op, k);
  }
  return traffic;
}

class ProblemBuilder {
 public:
  ProblemBuilder(const Network& network, const ExecutionPlan& plan)
      : network_(network), plan_(plan), facts_(ComputeStreamFacts(network)) {
    for (const TensorFacts& tensor : facts_.tensors) {
      problem_.sizes.push_back(tensor.size);
      problem_.last_uses.push_back(tensor.last_use);
    }
  }

  RegionProblem Build() {
    for (const PlanGroup& group : plan_.groups) {
      RegionGroup described;
      described.needs = DescribeGroup(facts_, plan_.input_mode, group);
      if (group.first == 0 && described.needs.input.ring_pixels == 0) {
        alive_.push_back(kNetworkInput);
        problem_.input_traffic = network_.input.elements();
      }
      std::erase_if(alive_, [&](int t) { return problem_.last_uses[t] < group.first; });
      for (int t : alive_)
        described.alive.push_back({t, problem_.sizes[t], TensorTraffic(network_, group, t)});
      AddMade(group, &described);
      problem_.groups.push_back(std::move(described));
    }
    return std::move(problem_);
  }

 private:
  void AddMade(const PlanGroup& group, RegionGroup* described) {
    const GroupNeeds& needs = described->needs;
    const int last = group.last - 1;
    for (int t = group.first; t < group.last; ++t) {
      RegionObject object{t, 0, TensorTraffic(network_, group, t)};
      object.size = RoundUp(needs.inner[Index(t - group.first)].size(), kTensorAlignment);
      const bool tiles = group.mode == GroupMode::kChannelTiles && t == last;
      if (tiles) object.size = std::max(object.size, needs.state_bytes);
      if (tiles) object.traffic += SumTraffic(network_, group, t);
      if (problem_.last_uses[t] >= group.last) alive_.push_back(t);
      const bool whole = t == last || problem_.last_uses[t] >= group.last;
      (whole ? described->made : described->rings).push_back(object);
    }
    if (needs.input.ring_pixels > 0)
      described->rings.push_back(
          {kNetworkInput, RoundUp(needs.input.size(), kTensorAlignment),
           network_.input.elements() + TensorTraffic(network_, group, kNetworkInput)});
    if (needs.state_bytes > 0 && group.mode != GroupMode::kChannelTiles)
      described->sums.push_back({last, needs.state_bytes, SumTraffic(network_, group, last)});
  }

  const Network& network_;
  const ExecutionPlan& plan_;
  StreamFacts facts_;
  RegionProblem problem_;
  std::vector<int> alive_;
};

}  // namespace

RegionProblem BuildRegionProblem(const Network& network, const ExecutionPlan& plan) {
  return ProblemBuilder(network, plan).Build();
}

}  // namespace mcunas
