#include "memory_model/flash_model.h"

#include <algorithm>

#include "memory_model/overlap.h"

namespace mcunas {
namespace {

constexpr int64_t kTableAlignment = 4;

// Code that an operator of this kind brings in, without what kinds share.
Bytes KernelBytes(OpKind kind) {
  switch (kind) {
    case OpKind::kConv:
      return Bytes(512);
    case OpKind::kPointwise:
      return Bytes(256);
    case OpKind::kDepthwise:
      return Bytes(3072);
    case OpKind::kAdd:
      return Bytes(1280);
    case OpKind::kAveragePool:
    case OpKind::kGlobalAveragePool:
      return Bytes(384);
    case OpKind::kFullyConnected:
      return Bytes(1024);
  }
  return Bytes(0);
}

constexpr Bytes kMatrixBytes(2816);  // shared by conv and pointwise

constexpr OpKind kKinds[] = {
    OpKind::kConv,        OpKind::kPointwise,         OpKind::kDepthwise,     OpKind::kAdd,
    OpKind::kAveragePool, OpKind::kGlobalAveragePool, OpKind::kFullyConnected};

bool Uses(const Network& network, OpKind kind) {
  return std::any_of(network.operators.begin(), network.operators.end(),
                     [&](const Operator& op) { return op.kind == kind; });
}

Bytes ParameterBytes(const Operator& op) {
  if (op.kind == OpKind::kAdd) return kAdditionBytes;
  return OperatorBiases(op) > 0 ? kWeightedBytes : kPoolingBytes;
}

}  // namespace

Bytes OperatorConstantBytes(const Operator& op) {
  const int64_t channels = OperatorBiases(op);
  const int64_t weights = OperatorWeights(op);
  const int64_t tables = 8 * channels + RoundUp(channels, kTableAlignment) +
                         RoundUp(weights, kTableAlignment) - weights;
  return Bytes(tables) + ParameterBytes(op) + kStepBytes + kPlacementBytes + kGroupBytes;
}

Bytes NetworkConstantBytes(const Network& network) {
  Bytes total = kPlacementBytes + kProgramBytes;
  for (const Operator& op : network.operators) total += OperatorConstantBytes(op);
  return total;
}

Bytes CodeBytesEstimate(const Network& network) {
  Bytes total = kBaseCodeBytes;
  for (OpKind kind : kKinds)
    if (Uses(network, kind)) total += KernelBytes(kind);
  if (Uses(network, OpKind::kConv) || Uses(network, OpKind::kPointwise)) total += kMatrixBytes;
  return total;
}

}  // namespace mcunas
