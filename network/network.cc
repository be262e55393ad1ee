#include "network/network.h"

namespace mcunas {

const char* OpName(OpKind kind) {
  switch (kind) {
    case OpKind::kConv:
      return "conv";
    case OpKind::kPointwise:
      return "pointwise";
    case OpKind::kDepthwise:
      return "depthwise";
    case OpKind::kAdd:
      return "add";
    case OpKind::kAveragePool:
      return "average_pool";
    case OpKind::kGlobalAveragePool:
      return "global_average_pool";
    case OpKind::kFullyConnected:
      return "fully_connected";
  }
  return "unknown";
}

const char* ActivationName(Activation activation) {
  switch (activation) {
    case Activation::kNone:
      return "none";
    case Activation::kRelu:
      return "relu";
    case Activation::kRelu6:
      return "relu6";
  }
  return "unknown";
}

bool HasWindow(OpKind kind) {
  return kind == OpKind::kConv || kind == OpKind::kPointwise || kind == OpKind::kDepthwise ||
         kind == OpKind::kAveragePool;
}

int64_t OperatorWeights(const Operator& op) {
  const int64_t window = int64_t{op.kernel} * op.kernel;
  switch (op.kind) {
    case OpKind::kConv:
    case OpKind::kPointwise:
      return window * op.in.channels * op.out.channels;
    case OpKind::kDepthwise:
      return window * op.out.channels;
    case OpKind::kFullyConnected:
      return op.in.elements() * op.out.channels;
    case OpKind::kAdd:
    case OpKind::kAveragePool:
    case OpKind::kGlobalAveragePool:
      return 0;
  }
  return 0;
}

int64_t OperatorBiases(const Operator& op) {
  switch (op.kind) {
    case OpKind::kConv:
    case OpKind::kPointwise:
    case OpKind::kDepthwise:
    case OpKind::kFullyConnected:
      return op.out.channels;
    case OpKind::kAdd:
    case OpKind::kAveragePool:
    case OpKind::kGlobalAveragePool:
      return 0;
  }
  return 0;
}

Macs OperatorMacs(const Operator& op) {
  if (op.kind == OpKind::kFullyConnected) return Macs(OperatorWeights(op));
  return Macs(OperatorWeights(op) * op.out.height * op.out.width);
}

Macs NetworkMacs(const Network& network) {
  Macs total;
  for (const Operator& op : network.operators) total += OperatorMacs(op);
  return total;
}

}  // namespace mcunas
