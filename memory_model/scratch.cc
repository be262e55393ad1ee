#include "memory_model/scratch.h"

#include <algorithm>

#include "common/check.h"

namespace mcunas {

mcu_op_kind KernelKind(OpKind kind) {
  if (!HasWeights(kind) && FamilyOf(kind) != OpFamily::kPool) return MCU_OP_ADD;  // no scratch
  switch (kind) {
    case OpKind::kConv:
      return MCU_OP_CONV;
    case OpKind::kPointwise:
      return MCU_OP_POINTWISE;
    case OpKind::kDepthwise:
      return MCU_OP_DEPTHWISE;
    case OpKind::kAveragePool:
      return MCU_OP_AVERAGE_POOL;
    case OpKind::kGlobalAveragePool:
      return MCU_OP_GLOBAL_AVERAGE_POOL;
    case OpKind::kFullyConnected:
      return MCU_OP_FULLY_CONNECTED;
    case OpKind::kTransposeConv:
    case OpKind::kMaxPool:
      return MCU_OP_ADD;
    default:
      MCUNAS_CHECK(false, "an operator whose scratch is not known");
  }
}

mcu_scratch_shape ScratchShape(const Operator& op) {
  // The code generator may have a whole map of these computed as one long row.
  const bool flat = op.kind == OpKind::kPointwise && op.stride == 1;
  const int width = flat ? op.out.height * op.out.width : op.out.width;
  return {op.kernel.height, op.kernel.width, op.stride.width, op.dilation.width,
          op.in.channels,   op.out.channels, width,           op.weight_bits};
}

int DepthwiseSide(const Operator& op) {
  const mcu_scratch_shape shape = ScratchShape(op);
  return mcu_depthwise_side(&shape);
}

int64_t OperatorScratchBytes(const Operator& op) {
  const mcu_scratch_shape shape = ScratchShape(op);
  return mcu_scratch_bytes(KernelKind(op.kind), &shape);
}

int64_t NetworkScratchBytes(const Network& network) {
  int64_t bytes = 0;
  for (const Operator& op : network.operators) bytes = std::max(bytes, OperatorScratchBytes(op));
  return bytes;
}

}  // namespace mcunas
