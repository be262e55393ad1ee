#include "memory_model/flash_model.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/check.h"
#include "memory_model/alignment.h"
#include "memory_model/scratch.h"
#include "network/operator_counts.h"
#include "network/resize.h"
#include "network/window.h"

namespace mcunas {
namespace {

constexpr int64_t kTableAlignment = 4;

constexpr Bytes kRectifierBytes(28);  // struct mcu_rectifier

// What operators on two, of tensors or with constants, compute with each pair of bytes.
struct PairModel {
  CodePart code;
  Bytes parameters;
};
PairModel PairModelOf(OpKind kind) {
  switch (kind) {
    case OpKind::kAdd:
    case OpKind::kAddConstant:
    case OpKind::kSubtract:
    case OpKind::kSubtractConstant:
      return {{"mcu_elementwise.c", Bytes(896)}, kAdditionBytes};
    case OpKind::kMultiply:
    case OpKind::kMultiplyConstant:
      return {{"mcu_multiply.c", Bytes(768)}, kProductBytes};
    case OpKind::kMaximum:
    case OpKind::kMaximumConstant:
    case OpKind::kMinimum:
    case OpKind::kMinimumConstant:
      return {{"mcu_extreme.c", Bytes(256)}, kSmallBytes};
    case OpKind::kPRelu:
      return {{"mcu_prelu.c", Bytes(384)}, kRectifierBytes};
    default:
      MCUNAS_CHECK(false, "an operator without code bytes");
  }
}

constexpr CodePart kMatrix = {"mcu_matrix.c", Bytes(4096), true};
constexpr CodePart kColumn = {"mcu_column.c", Bytes(512), true};
constexpr CodePart kPairs = {"mcu_pairwise.c", Bytes(640), true};

// By side (3, 5, 7) and column stride (1, 2).
constexpr CodePart kDepthwise[3][2] = {
    {{"mcu_depthwise_3.c", Bytes(1280), true, 1}, {"mcu_depthwise_3.c", Bytes(640), true, 2}},
    {{"mcu_depthwise_5.c", Bytes(896), true, 1}, {"mcu_depthwise_5.c", Bytes(896), true, 2}},
    {{"mcu_depthwise_7.c", Bytes(1280), true, 1}, {"mcu_depthwise_7.c", Bytes(1152), true, 2}}};

// The fast forms share a driver; each window size and column stride has sums of its own.
CodeParts DepthwiseCode(const Operator& op) {
  const int side = DepthwiseSide(op);
  if (side == 0) return {{"mcu_depthwise_any.c", Bytes(768)}};
  return {{"mcu_depthwise.c", Bytes(1664)}, kDepthwise[side / 2 - 1][op.stride.width - 1]};
}

CodeParts WeightedCode(const Operator& op) {
  switch (op.kind) {
    case OpKind::kConv:
      return {{"mcu_conv.c", Bytes(1792)}, kMatrix, kColumn};
    case OpKind::kPointwise:
      return {{"mcu_pointwise.c", Bytes(1152)}, kMatrix, kColumn};
    case OpKind::kDepthwise:
      return DepthwiseCode(op);
    case OpKind::kFullyConnected:
      return {{"mcu_fully_connected.c", Bytes(896)}};
    case OpKind::kTransposeConv:
      return {{"mcu_transpose_conv.c", Bytes(1024)}};
    default:
      MCUNAS_CHECK(false, "an operator without code bytes");
  }
}

CodeParts PoolCode(OpKind kind) {
  if (kind == OpKind::kAveragePool) return {{"mcu_pool.c", Bytes(1408)}};
  if (kind == OpKind::kGlobalAveragePool) return {{"mcu_pool.c", Bytes(1024)}};
  MCUNAS_CHECK(kind == OpKind::kMaxPool, "an operator without code bytes");
  return {{"mcu_max_pool.c", Bytes(640)}};
}

CodeParts GeometryCode(const Operator& op) {
  switch (op.kind) {
    case OpKind::kResizeNearest:
      return {{ResizesEvenly(op) ? "mcu_copy.c" : "mcu_resize.c", Bytes(256)}};
    case OpKind::kConcatenation:
    case OpKind::kReshape:
      return {{"mcu_copy.c", Bytes(256)}};
    case OpKind::kSlice:
    case OpKind::kPad:
      return {{"mcu_slice.c", Bytes(256)}};
    case OpKind::kResizeBilinear:
      return {{"mcu_resize.c", Bytes(768)}};
    default:
      MCUNAS_CHECK(false, "an operator without code bytes");
  }
}

// Of weights of 8 bits.
CodeParts FamilyCode(const Operator& op) {
  switch (FamilyOf(op.kind)) {
    case OpFamily::kWeighted:
      return WeightedCode(op);
    case OpFamily::kPool:
      return PoolCode(op.kind);
    case OpFamily::kConstants:
      if (IsFunctionOfByte(op)) return {{"mcu_lookup.c", PairModelOf(op.kind).code.bytes}};
      return {PairModelOf(op.kind).code, kPairs};
    case OpFamily::kPairwise:
      return {PairModelOf(op.kind).code, kPairs};
    case OpFamily::kFunction:
      return {{"mcu_lookup.c", Bytes(256)}};
    case OpFamily::kSoftmax:
      return {{"mcu_softmax.c", Bytes(1024)}};
    case OpFamily::kGeometry:
      return GeometryCode(op);
  }
  MCUNAS_CHECK(false, "an operator of no family");
}

Bytes GeometryBytes(const Operator& op) {
  const bool even = op.kind != OpKind::kResizeNearest || ResizesEvenly(op);
  if (!even)
    return kSmallBytes + Bytes(RoundUp(2 * op.out.height, 4) + RoundUp(2 * op.out.width, 4));
  const bool small = op.kind == OpKind::kResizeNearest || op.kind == OpKind::kConcatenation ||
                     op.kind == OpKind::kReshape;
  return small ? kSmallBytes : kGeometryBytes;
}

// The parameter struct, and tables that are no weights.
Bytes ParameterBytes(const Operator& op) {
  if (IsFunctionOfByte(op)) return kSmallBytes + kLookupBytes;
  switch (FamilyOf(op.kind)) {
    case OpFamily::kWeighted:
      return op.weight_bits == 4 && op.kind != OpKind::kFullyConnected ? kPackedBytes
                                                                       : kWeightedBytes;
    case OpFamily::kPool:
      return kPoolingBytes;
    case OpFamily::kPairwise:
      return PairModelOf(op.kind).parameters;
    case OpFamily::kConstants:
      return kConstantsBytes + PairModelOf(op.kind).parameters;
    case OpFamily::kFunction:
      break;  // of a byte
    case OpFamily::kSoftmax:
      return kSmallBytes + kExponentialBytes;
    case OpFamily::kGeometry:
      return GeometryBytes(op);
  }
  MCUNAS_CHECK(false, "an operator without parameter bytes");
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

CodeParts OperatorCode(const Operator& op) {
  CodeParts parts = FamilyCode(op);
  if (op.weight_bits == 4) {
    const bool connected = op.kind == OpKind::kFullyConnected;
    parts.push_back(connected ? CodePart{"mcu_fully_connected_4bit.c", Bytes(768)}
                              : CodePart{"mcu_unpack.c", Bytes(384), true});
  }
  return parts;
}

Bytes CodeBytesEstimate(const Network& network) {
  struct Counted {
    CodePart part;
    OpKind kind;
  };
  std::vector<Counted> counted;
  Bytes total = kBaseCodeBytes;
  for (const Operator& op : network.operators) {
    for (const CodePart& part : OperatorCode(op)) {
      // A kind's own part counts once, whichever of its kernels are in use.
      const bool before = std::any_of(counted.begin(), counted.end(), [&](const Counted& c) {
        return part.shared ? c.part == part : c.kind == op.kind && c.part.bytes == part.bytes;
      });
      if (before) continue;
      counted.push_back({part, op.kind});
      total += part.bytes;
    }
  }
  return total;
}

}  // namespace mcunas
