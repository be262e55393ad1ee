#include "memory_model/scratch.h"

#include <algorithm>

#include "engine/kernels/scratch_size.h"

namespace mcunas {
namespace {

mcu_op_kind KernelKind(OpKind kind) {
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
    default:
      return MCU_OP_ADD;  // like all others: no scratch
  }
}

}  // namespace

int64_t OperatorScratchBytes(const Operator& op) {
  const int taps = op.kernel.height * op.kernel.width;
  return mcu_scratch_bytes(KernelKind(op.kind), taps, op.in.channels, op.out.channels,
                           op.out.width);
}

int64_t NetworkScratchBytes(const Network& network) {
  int64_t bytes = 0;
  for (const Operator& op : network.operators) bytes = std::max(bytes, OperatorScratchBytes(op));
  return bytes;
}

}  // namespace mcunas
