#include <algorithm>
#include <string>
#include <vector>

#include "common/check.h"
#include "memory_model/layout.h"
#include "memory_model/live_bound.h"
#include "memory_model/memory_model.h"
#include "memory_model/overlap.h"
#include "memory_model/validate_plan.h"

namespace mcunas {
namespace {

size_t At(int tensor) { return static_cast<size_t>(tensor + 1); }

// The rule for the output of `op` (operator i) against an earlier tensor that is still alive then.
LayoutConflict ConflictWith(const Operator& op, int i, int tensor,
                            const std::vector<TensorFacts>& facts) {
  LayoutConflict conflict{tensor + 1, facts[At(i)].size, false};
  const bool operand = std::find(op.inputs.begin(), op.inputs.end(), tensor) != op.inputs.end();
  if (operand && facts[At(tensor)].last_use == i) {
    const OverlapRule rule = RuleForDyingOperand(op);
    conflict.down = rule.down;
    conflict.alias = rule.alias;
  }
  return conflict;
}

std::vector<LayoutItem> LayoutProblem(const Network& network,
                                      const std::vector<TensorFacts>& facts) {
  std::vector<LayoutItem> items(facts.size());
  for (size_t t = 0; t < facts.size(); ++t) items[t].size = facts[t].size;
  std::vector<int> live = {kNetworkInput};
  for (int i = 0; i < static_cast<int>(network.operators.size()); ++i) {
    std::erase_if(live, [&](int tensor) { return facts[At(tensor)].last_use < i; });
    const Operator& op = network.operators[static_cast<size_t>(i)];
    for (int tensor : live) items[At(i)].conflicts.push_back(ConflictWith(op, i, tensor, facts));
    live.push_back(i);
  }
  return items;
}

TensorPlacement Place(const Shape& shape, int64_t offset) {
  TensorPlacement placement;
  placement.offset = offset;
  placement.ring_rows = shape.height;
  placement.row_bytes = shape.row_elements();
  return placement;
}

// A planner that breaks its own laws is a bug, not a bad network.
[[maybe_unused]] void CheckPlan(const Network& network, const ExecutionPlan& plan) {
  const std::vector<PlanViolation> violations = ValidatePlan(network, plan);
  MCUNAS_CHECK(violations.empty(), violations.empty() ? std::string() : violations[0].message);
}

}  // namespace

ExecutionPlan PlanMemory(const Network& network, const PlanOptions& options) {
  MCUNAS_CHECK(options.input_mode == InputMode::kResident,
               "layer-wise plans keep the input resident");
  std::vector<TensorFacts> facts(network.operators.size() + 1);
  const LiveBound bound = ComputeLiveBound(network, facts);
  const Layout layout = SolveLayout(LayoutProblem(network, facts), bound.bytes, kArenaAlignment);

  ExecutionPlan plan;
  plan.input_mode = options.input_mode;
  plan.tensors.push_back(Place(network.input, layout.offsets[0]));
  for (int i = 0; i < static_cast<int>(network.operators.size()); ++i) {
    plan.groups.push_back({i, i + 1, GroupMode::kLayerwise, 1});
    plan.tensors.push_back(
        Place(network.operators[static_cast<size_t>(i)].out, layout.offsets[At(i)]));
  }
  plan.arena = Bytes(RoundUp(layout.arena, kArenaAlignment));
  plan.scratch = Bytes(NetworkScratchBytes(network));
  plan.live_bound = Bytes(bound.bytes);
  plan.peak_operator = bound.peak_operator;
#ifndef NDEBUG
  CheckPlan(network, plan);
#endif
  return plan;
}

}  // namespace mcunas
