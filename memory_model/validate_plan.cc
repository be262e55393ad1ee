// Static laws first; only a plan whose placements make sense is simulated.
#include "memory_model/validate_plan.h"

#include <algorithm>
#include <string>

#include "engine/kernels/scratch_size.h"
#include "memory_model/simulate_rows.h"

namespace mcunas {
namespace {

std::string Num(int64_t value) { return std::to_string(value); }

std::string GroupText(size_t index, const PlanGroup& group) {
  return "group " + Num(static_cast<int64_t>(index)) + " [" + Num(group.first) + ", " +
         Num(group.last) + ")";
}

void CheckCoverage(const Network& network, const ExecutionPlan& plan, ViolationList* violations) {
  int next = 0;
  for (size_t g = 0; g < plan.groups.size(); ++g) {
    const PlanGroup& group = plan.groups[g];
    const std::string text = GroupText(g, group);
    if (group.first != next || group.last <= group.first)
      violations->Add(PlanLaw::kCoverage, next, text + " should start at operator " + Num(next));
    if (group.mode == GroupMode::kLayerwise && group.last - group.first != 1)
      violations->Add(PlanLaw::kCoverage, group.first,
                      text + " is layer-wise but not one operator");
    if (group.n_strips != 1)
      violations->Add(PlanLaw::kCoverage, group.first,
                      text + " has " + Num(group.n_strips) + " strips; only 1 can be judged");
    next = group.last;
  }
  const int count = static_cast<int>(network.operators.size());
  if (next != count)
    violations->Add(PlanLaw::kCoverage, std::min(next, count),
                    "groups end at operator " + Num(next) + " of " + Num(count));
  if (plan.tensors.size() != network.operators.size() + 1)
    violations->Add(PlanLaw::kCoverage, -1,
                    Num(static_cast<int64_t>(plan.tensors.size())) +
                        " tensors are placed, expected " + Num(count + 1));
}

void CheckPlacements(const Network& network, const ExecutionPlan& plan, ViolationList* violations) {
  for (int t = kNetworkInput; t < static_cast<int>(network.operators.size()); ++t) {
    const TensorPlacement& p = plan.tensors[static_cast<size_t>(t + 1)];
    const Shape shape = network.tensor_shape(t);
    const std::string text = "tensor " + Num(t) + " at " + Num(p.offset);
    if (p.offset % 4 != 0) violations->Add(PlanLaw::kAlignment, t, text + " is not 4-byte aligned");
    if (p.row_bytes != int64_t{shape.width} * shape.channels)
      violations->Add(PlanLaw::kCapacity, t,
                      text + " has rows of " + Num(p.row_bytes) + " bytes, the shape needs " +
                          Num(int64_t{shape.width} * shape.channels));
    if (p.ring_rows < 1)
      violations->Add(PlanLaw::kCapacity, t, text + " has " + Num(p.ring_rows) + " rows");
    if (p.offset < 0 || p.offset + int64_t{p.ring_rows} * p.row_bytes > plan.arena.value)
      violations->Add(PlanLaw::kCapacity, t,
                      text + " with " + Num(int64_t{p.ring_rows} * p.row_bytes) +
                          " bytes leaves the arena of " + Num(plan.arena.value));
  }
  if (plan.arena.value % 8 != 0)
    violations->Add(PlanLaw::kAlignment, -1,
                    "arena of " + Num(plan.arena.value) + " bytes is not a multiple of 8");
}

mcu_op_kind ScratchKind(OpKind kind) {
  switch (kind) {
    case OpKind::kPointwise:
      return MCU_OP_POINTWISE;
    case OpKind::kDepthwise:
      return MCU_OP_DEPTHWISE;
    case OpKind::kAdd:
      return MCU_OP_ADD;
    case OpKind::kAveragePool:
      return MCU_OP_AVERAGE_POOL;
    case OpKind::kGlobalAveragePool:
      return MCU_OP_GLOBAL_AVERAGE_POOL;
    case OpKind::kFullyConnected:
      return MCU_OP_FULLY_CONNECTED;
    case OpKind::kConv:
      break;
  }
  return MCU_OP_CONV;
}

void CheckScratch(const Network& network, const ExecutionPlan& plan, ViolationList* violations) {
  for (size_t i = 0; i < network.operators.size(); ++i) {
    const Operator& op = network.operators[i];
    const int64_t needed = mcu_scratch_bytes(ScratchKind(op.kind), op.kernel, op.in.channels,
                                             op.out.channels, op.out.width);
    if (needed > plan.scratch.value)
      violations->Add(PlanLaw::kScratch, static_cast<int>(i),
                      std::string(OpName(op.kind)) + " needs " + Num(needed) +
                          " scratch bytes, the plan has " + Num(plan.scratch.value));
  }
}

}  // namespace

std::vector<PlanViolation> ValidatePlan(const Network& network, const ExecutionPlan& plan) {
  ViolationList violations;
  CheckCoverage(network, plan, &violations);
  CheckScratch(network, plan, &violations);
  if (!violations.Has(PlanLaw::kCoverage)) CheckPlacements(network, plan, &violations);
  const bool can_simulate =
      !violations.Has(PlanLaw::kCoverage) && !violations.Has(PlanLaw::kCapacity);
  if (can_simulate) SimulateRows(network, plan, &violations);
  return violations.list();
}

}  // namespace mcunas
