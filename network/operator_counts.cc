#include "network/operator_counts.h"

#include "network/network.h"

namespace mcunas {

int64_t OperatorWeights(const Operator& op) {
  if (HasConstants(op.kind)) return op.constants;
  if (!HasWeights(op.kind)) return 0;
  if (op.kind == OpKind::kFullyConnected) return op.in.elements() * op.out.channels;
  const int64_t window = int64_t{op.kernel.height} * op.kernel.width;
  // Depthwise: each output channel has one input channel.
  return window * op.out.channels * (op.kind == OpKind::kDepthwise ? 1 : op.in.channels);
}

int64_t OperatorWeightBytes(const Operator& op) {
  return (OperatorWeights(op) * op.weight_bits + 7) / 8;
}

int64_t OperatorBiases(const Operator& op) { return HasWeights(op.kind) ? op.out.channels : 0; }

Macs OperatorMacs(const Operator& op) {
  if (!HasWeights(op.kind)) return Macs(0);
  if (op.kind == OpKind::kFullyConnected) return Macs(OperatorWeights(op));
  if (op.kind == OpKind::kTransposeConv) {
    const int64_t phases = int64_t{op.stride.height} * op.stride.width;
    return Macs((OperatorWeights(op) + phases - 1) / phases * op.out.height * op.out.width);
  }
  return Macs(OperatorWeights(op) * op.out.height * op.out.width);
}

Macs NetworkMacs(const Network& network) {
  Macs total;
  for (const Operator& op : network.operators) total += OperatorMacs(op);
  return total;
}

}  // namespace mcunas
