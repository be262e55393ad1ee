#include "engine/codegen/program_limits.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "engine/codegen/pack_weights.h"
#include "kernels/mcu_run.h"

namespace mcunas {

Expected<void> CheckKernelLimits(const Network& network) {
  for (int i = 0; i < network.operator_count(); ++i) {
    const Operator& op = network.op(i);
    const std::string name = "operator " + std::to_string(i) + " (" + OpName(op.kind) + ")";
    const bool packed = op.weight_bits == 4 && op.kind != OpKind::kFullyConnected;
    if (packed && PackedBlockOf(op).channels == 0)
      return Error{ErrorCode::kUnsupported,
                   name + " has windows too large for weights of 4 bits; nearest: weights of 8"};
    if (op.inputs.size() > size_t{MCU_MOST_OPERANDS})
      return Error{ErrorCode::kUnsupported, name + " has " + std::to_string(op.inputs.size()) +
                                                " operands, the kernels take at most " +
                                                std::to_string(MCU_MOST_OPERANDS) +
                                                "; nearest: several, one after the other"};
  }
  return {};
}

Expected<void> CheckTableRanges(const ProgramTables& tables, const ExecutionPlan& plan) {
  const size_t longest = std::max({tables.steps.size(), tables.placements.size(),
                                   tables.operands.size(), tables.accesses.size()});
  if (longest > INT16_MAX)
    return Error{ErrorCode::kUnsupported, "the program has tables of " + std::to_string(longest) +
                                              " entries, over " + std::to_string(INT16_MAX)};
  Bytes largest = plan.arena + plan.scratch;
  for (const Bytes& region : plan.more_regions) largest = std::max(largest, region);
  if (largest.value > INT32_MAX)
    return Error{
        ErrorCode::kUnsupported,
        "the plan needs an arena of " + std::to_string(largest.value) + " bytes, over 2^31 - 1"};
  return {};
}

}  // namespace mcunas
