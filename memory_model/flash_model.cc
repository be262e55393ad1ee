#include "memory_model/flash_model.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "memory_model/alignment.h"
#include "memory_model/scratch.h"
#include "network/resize.h"
#include "network/window.h"

namespace mcunas {
namespace {

constexpr int64_t kTableAlignment = 4;

// Code that an operator of this kind brings in, without what kinds share.
Bytes KernelBytes(OpKind kind) {
  switch (kind) {
    case OpKind::kConv:
      return Bytes(1792);
    case OpKind::kPointwise:
      return Bytes(1152);
    case OpKind::kDepthwise:
      return Bytes(0);  // by size of the window: DepthwiseBytes
    case OpKind::kAdd:
    case OpKind::kAddConstant:
    case OpKind::kSubtract:
    case OpKind::kSubtractConstant:
      return Bytes(896);
    case OpKind::kAveragePool:
      return Bytes(1408);
    case OpKind::kGlobalAveragePool:
      return Bytes(1024);
    case OpKind::kFullyConnected:
      return Bytes(896);
    case OpKind::kMaxPool:
      return Bytes(640);
    case OpKind::kMultiply:
    case OpKind::kMultiplyConstant:
      return Bytes(768);
    case OpKind::kMaximum:
    case OpKind::kMaximumConstant:
    case OpKind::kMinimum:
    case OpKind::kMinimumConstant:
      return Bytes(256);
    case OpKind::kSoftmax:
      return Bytes(1024);
    case OpKind::kLogistic:
    case OpKind::kTanh:
    case OpKind::kHardSwish:
    case OpKind::kLeakyRelu:
    case OpKind::kRequantize:
    case OpKind::kResizeNearest:
    case OpKind::kConcatenation:
    case OpKind::kReshape:
    case OpKind::kSlice:
    case OpKind::kPad:
      return Bytes(256);
    case OpKind::kResizeBilinear:
      return Bytes(768);
    case OpKind::kTransposeConv:
      return Bytes(1024);
  }
  return Bytes(0);
}

constexpr Bytes kMatrixBytes(4608);   // shared by conv and pointwise
constexpr Bytes kPairwiseBytes(640);  // shared by operators on two tensors, or with constants

bool Uses(const Network& network, OpKind kind) {
  return std::any_of(network.operators.begin(), network.operators.end(),
                     [&](const Operator& op) { return op.kind == kind; });
}

// The fast forms share a driver; each window size and column stride has sums of its own.
Bytes DepthwiseBytes(const Network& network) {
  constexpr Bytes kDriver(1664), kAny(768);
  constexpr Bytes kSums[3][2] = {
      {Bytes(1280), Bytes(640)}, {Bytes(896), Bytes(896)}, {Bytes(1280), Bytes(1152)}};
  bool any = false, used[3][2] = {};
  for (const Operator& op : network.operators) {
    if (op.kind != OpKind::kDepthwise) continue;
    const int side = DepthwiseSide(op);
    any = any || side == 0;
    if (side > 0) used[side / 2 - 1][op.stride.width - 1] = true;
  }
  Bytes total = any ? kAny : Bytes(0), sums;
  for (int side = 0; side < 3; ++side) {
    for (int stride = 0; stride < 2; ++stride) {
      if (used[side][stride]) sums += kSums[side][stride];
    }
  }
  return sums == Bytes(0) ? total : total + kDriver + sums;
}

constexpr Bytes kUnpackBytes(384);
constexpr Bytes kConnectedBytes(768);

// Whether weights of 4 bits occur, in fully connected or in other operators.
bool UsesFourBits(const Network& network, bool connected) {
  return std::any_of(network.operators.begin(), network.operators.end(), [&](const Operator& op) {
    return op.weight_bits == 4 && (op.kind == OpKind::kFullyConnected) == connected;
  });
}

// The parameter struct, and tables that are no weights.
Bytes ParameterBytes(const Operator& op) {
  if (IsFunctionOfByte(op)) return kSmallBytes + kLookupBytes;
  switch (op.kind) {
    case OpKind::kConv:
    case OpKind::kPointwise:
    case OpKind::kDepthwise:
      return op.weight_bits == 4 ? kPackedBytes : kWeightedBytes;
    case OpKind::kFullyConnected:
    case OpKind::kTransposeConv:
      return kWeightedBytes;
    case OpKind::kAdd:
    case OpKind::kSubtract:
      return kAdditionBytes;
    case OpKind::kAveragePool:
    case OpKind::kGlobalAveragePool:
    case OpKind::kMaxPool:
      return kPoolingBytes;
    case OpKind::kMultiply:
      return kProductBytes;
    case OpKind::kAddConstant:
    case OpKind::kSubtractConstant:
      return kConstantsBytes + kAdditionBytes;
    case OpKind::kMultiplyConstant:
      return kConstantsBytes + kProductBytes;
    case OpKind::kMaximum:
    case OpKind::kMinimum:
      return kSmallBytes;
    case OpKind::kMaximumConstant:
    case OpKind::kMinimumConstant:
      return kConstantsBytes + kSmallBytes;
    case OpKind::kLogistic:
    case OpKind::kTanh:
    case OpKind::kHardSwish:
    case OpKind::kLeakyRelu:
    case OpKind::kRequantize:
      return kSmallBytes + kLookupBytes;
    case OpKind::kSoftmax:
      return kSmallBytes + kExponentialBytes;
    case OpKind::kResizeNearest: {
      const bool even = ResizesEvenly(op);
      return kSmallBytes +
             Bytes(even ? 0 : (2 * op.out.height + 3) / 4 * 4 + (2 * op.out.width + 3) / 4 * 4);
    }
    case OpKind::kConcatenation:
    case OpKind::kReshape:
      return kSmallBytes;
    case OpKind::kSlice:
    case OpKind::kPad:
    case OpKind::kResizeBilinear:
      return kGeometryBytes;
  }
  return Bytes(0);
}

// Of 4 bits: struct mcu_packed and mcu_fully_connected_4bit.
int64_t PackedBytes(const Operator& op) {
  const int64_t channels = op.out.channels;
  if (op.kind == OpKind::kFullyConnected)
    return RoundUp(channels, 2) * RoundUp(op.in.elements(), 4) / 2;
  const mcu_scratch_shape shape = ScratchShape(op);
  const int32_t values = mcu_channel_values(KernelKind(op.kind), &shape);
  const int32_t block = mcu_block_channels(KernelKind(op.kind), &shape);
  if (block == 0) return OperatorWeightBytes(op);  // refused by the code generator
  const int32_t last = static_cast<int32_t>(channels % block);
  return channels / block * mcu_packed_bytes(block, values) + mcu_packed_bytes(last, values);
}

// With the zeros and repetitions that the fast form of depthwise convolutions stores.
int64_t StoredWeights(const Operator& op) {
  if (op.weight_bits == 4) return PackedBytes(op);
  if (op.kind != OpKind::kDepthwise || DepthwiseSide(op) == 0) return OperatorWeights(op);
  return int64_t{op.out.channels} * mcu_depthwise_channel_bytes(DepthwiseSide(op), op.stride.width);
}

}  // namespace

Bytes OperatorConstantBytes(const Operator& op) {
  const int64_t channels = OperatorBiases(op);
  const int64_t tables = 8 * channels + RoundUp(channels, kTableAlignment) +
                         RoundUp(StoredWeights(op), kTableAlignment) - OperatorWeightBytes(op);
  const Bytes operands(kOperandBytes.value * static_cast<int64_t>(op.inputs.size()));
  return Bytes(tables) + ParameterBytes(op) + kStepBytes + operands + kPlacementBytes + kGroupBytes;
}

Bytes NetworkConstantBytes(const Network& network) {
  // The input's placement and that of scratch.
  Bytes total = kPlacementBytes + kPlacementBytes + kProgramBytes;
  std::vector<std::pair<AxisWindow, AxisWindow>> accesses;
  for (const Operator& op : network.operators) {
    total += OperatorConstantBytes(op);
    for (int k = 0; k < static_cast<int>(op.inputs.size()); ++k) {
      const std::pair access(RowWindow(op, k), ColumnWindow(op, k));
      if (std::find(accesses.begin(), accesses.end(), access) != accesses.end()) continue;
      accesses.push_back(access);
      total += kAccessBytes;
    }
  }
  return total;
}

Bytes CodeBytesEstimate(const Network& network) {
  Bytes total = kBaseCodeBytes;
  for (OpKind kind : kOpKinds)
    if (Uses(network, kind)) total += KernelBytes(kind);
  if (Uses(network, OpKind::kConv) || Uses(network, OpKind::kPointwise)) total += kMatrixBytes;
  total += DepthwiseBytes(network);
  const bool pairs =
      std::any_of(network.operators.begin(), network.operators.end(), [](const Operator& op) {
        return (IsPairwise(op.kind) || HasConstants(op.kind)) && !IsFunctionOfByte(op);
      });
  if (pairs) total += kPairwiseBytes;
  for (const bool connected : {false, true}) {
    if (UsesFourBits(network, connected)) total += connected ? kConnectedBytes : kUnpackBytes;
  }
  return total;
}

}  // namespace mcunas
