// VerifyNetwork: one function per family of laws; the first broken law of the first bad operator
// wins.
#include <limits>
#include <optional>
#include <string>

#include "network/network.h"

namespace mcunas {
namespace {

constexpr int64_t kMaxElements = std::numeric_limits<int32_t>::max();
constexpr int64_t kMaxMacs = int64_t{1} << 56;  // far above anything real, far below overflow

using Problem = std::optional<std::string>;

std::string Text(const Shape& s) {
  return std::string("[") + std::to_string(s.height) + ", " + std::to_string(s.width) + ", " +
         std::to_string(s.channels) + "]";
}

Problem CheckShape(const Shape& s, const std::string& what) {
  if (s.height < 1 || s.width < 1 || s.channels < 1)
    return what + " " + Text(s) + " has a size below 1";
  if (s.height > kMaxSide || s.width > kMaxSide)
    return what + " " + Text(s) + " has a side over " + std::to_string(kMaxSide);
  if (s.channels > kMaxChannels)
    return what + " " + Text(s) + " has over " + std::to_string(kMaxChannels) + " channels";
  if (s.elements() > kMaxElements) return what + " " + Text(s) + " has over 2^31 - 1 elements";
  return std::nullopt;
}

Problem CheckOperands(const Network& network, int index) {
  const Operator& op = network.operators[static_cast<size_t>(index)];
  const size_t expected = op.kind == OpKind::kAdd ? 2 : 1;
  if (op.inputs.size() != expected)
    return "expected " + std::to_string(expected) + " operands, found " +
           std::to_string(op.inputs.size());
  for (int tensor : op.inputs) {
    if (tensor < kNetworkInput || tensor >= index)
      return "operand " + std::to_string(tensor) +
             " is not an earlier operator (a cycle or a forward reference)";
  }
  const Shape first = network.tensor_shape(op.inputs[0]);
  if (first != op.in)
    return "input shape " + Text(op.in) + " differs from its operand's shape " + Text(first);
  if (op.kind == OpKind::kAdd && network.tensor_shape(op.inputs[1]) != op.in)
    return "operands differ in shape: " + Text(op.in) + " and " +
           Text(network.tensor_shape(op.inputs[1]));
  return std::nullopt;
}

Problem CheckNoWindow(const Operator& op) {
  if (op.kernel != 1 || op.stride != 1 || op.padding != 0)
    return "has no window: expected kernel 1, stride 1, padding 0";
  return std::nullopt;
}

Problem CheckWindow(const Operator& op) {
  if (op.kernel < 1 || op.kernel > kMaxKernel)
    return "kernel " + std::to_string(op.kernel) + " is outside 1.." + std::to_string(kMaxKernel);
  if (op.kind == OpKind::kPointwise && op.kernel != 1)
    return "kernel is " + std::to_string(op.kernel) + ", expected 1";
  if (op.stride != 1 && op.stride != 2)
    return "stride " + std::to_string(op.stride) + " is not 1 or 2";
  if (op.padding < 0 || op.padding >= op.kernel)
    return "padding " + std::to_string(op.padding) + " is outside 0..kernel - 1";
  const int rows = op.in.height + 2 * op.padding - op.kernel;
  const int columns = op.in.width + 2 * op.padding - op.kernel;
  if (rows < 0 || columns < 0)
    return "kernel " + std::to_string(op.kernel) + " is larger than the padded input " +
           Text(op.in);
  Shape expected = op.out;
  expected.height = rows / op.stride + 1;
  expected.width = columns / op.stride + 1;
  if (expected != op.out)
    return "output shape " + Text(op.out) + ", expected " + Text(expected) + " from input " +
           Text(op.in) + ", kernel " + std::to_string(op.kernel) + ", stride " +
           std::to_string(op.stride) + ", padding " + std::to_string(op.padding);
  return std::nullopt;
}

Problem ExpectOutput(const Operator& op, const Shape& expected) {
  if (op.out == expected) return std::nullopt;
  return "output shape " + Text(op.out) + ", expected " + Text(expected);
}

Problem CheckKind(const Operator& op) {
  if (HasWindow(op.kind)) {
    if (Problem p = CheckWindow(op)) return p;
  } else if (Problem p = CheckNoWindow(op)) {
    return p;
  }
  switch (op.kind) {
    case OpKind::kConv:
    case OpKind::kPointwise:
      return std::nullopt;
    case OpKind::kDepthwise:
    case OpKind::kAveragePool:
      return ExpectOutput(op, {op.out.height, op.out.width, op.in.channels});
    case OpKind::kAdd:
      return ExpectOutput(op, op.in);
    case OpKind::kGlobalAveragePool:
      if (op.activation != Activation::kNone) return "cannot have a fused activation";
      return ExpectOutput(op, {1, 1, op.in.channels});
    case OpKind::kFullyConnected:
      return ExpectOutput(op, {1, 1, op.out.channels});
  }
  return "is of no known kind";
}

Problem CheckWeights(const Operator& op) {
  const int64_t depth = op.kind == OpKind::kFullyConnected
                            ? op.in.elements()
                            : int64_t{op.kernel} * op.kernel * op.in.channels;
  const bool dense = op.kind == OpKind::kConv || op.kind == OpKind::kPointwise ||
                     op.kind == OpKind::kFullyConnected;
  if (dense && depth > kMaxDepth)
    return "reads over " + std::to_string(kMaxDepth) + " values per output";
  // Below 2^26 * 2^24: no overflow before the check.
  if (OperatorWeights(op) > kMaxElements) return "has over 2^31 - 1 weights";
  return std::nullopt;
}

Problem CheckOperator(const Network& network, int index) {
  const Operator& op = network.operators[static_cast<size_t>(index)];
  if (Problem p = CheckShape(op.in, "input shape")) return p;
  if (Problem p = CheckShape(op.out, "output shape")) return p;
  if (Problem p = CheckOperands(network, index)) return p;
  if (Problem p = CheckKind(op)) return p;
  return CheckWeights(op);
}

}  // namespace

Expected<void> VerifyNetwork(const Network& network) {
  const std::string name = "network '" + network.name + "': ";
  if (Problem p = CheckShape(network.input, "input")) return Error{ErrorCode::kCorrupt, name + *p};
  if (network.operators.empty()) return Error{ErrorCode::kCorrupt, name + "has no operators"};
  if (network.operators.size() > static_cast<size_t>(kMaxElements))
    return Error{ErrorCode::kCorrupt, name + "has over 2^31 - 1 operators"};
  Macs macs;
  for (int i = 0; i < static_cast<int>(network.operators.size()); ++i) {
    const Operator& op = network.operators[static_cast<size_t>(i)];
    Problem problem = CheckOperator(network, i);
    if (!problem) {
      // At most 2^31 weights times 2^30 positions per operator: cannot overflow before the check.
      macs += OperatorMacs(op);
      if (macs.value > kMaxMacs) problem = "brings the network over 2^56 MACs";
    }
    if (problem)
      return Error{ErrorCode::kCorrupt, name + "operator " + std::to_string(i) + " (" +
                                            OpName(op.kind) + "): " + *problem};
  }
  return {};
}

}  // namespace mcunas
