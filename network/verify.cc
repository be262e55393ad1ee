// VerifyNetwork: one function per family of laws; the first broken law of the first bad operator
// wins.
#include "network/verify.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "network/operator_counts.h"
#include "network/operator_laws.h"

namespace mcunas {
namespace {

constexpr int64_t kMaxElements = std::numeric_limits<int32_t>::max();
constexpr int64_t kMaxMacs = int64_t{1} << 56;  // far above anything real, far below overflow

Problem CheckShape(const Shape& s, const std::string& what) {
  if (s.height < 1 || s.width < 1 || s.channels < 1)
    return what + " " + ListText(s) + " has a size below 1";
  if (s.height > kMaxSide || s.width > kMaxSide)
    return what + " " + ListText(s) + " has a side over " + std::to_string(kMaxSide);
  if (s.channels > kMaxChannels)
    return what + " " + ListText(s) + " has over " + std::to_string(kMaxChannels) + " channels";
  if (s.elements() > kMaxElements) return what + " " + ListText(s) + " has over 2^31 - 1 elements";
  return std::nullopt;
}

Problem CheckOperandCount(const Operator& op) {
  const size_t expected = static_cast<size_t>(OperandCount(op.kind));
  if (op.kind == OpKind::kConcatenation) {
    if (op.inputs.size() < 2)
      return "expected two operands or more, found " + std::to_string(op.inputs.size());
  } else if (op.inputs.size() != expected) {
    return "expected " + std::to_string(expected) + " operands, found " +
           std::to_string(op.inputs.size());
  }
  return std::nullopt;
}

// Two operands, element by element.
Problem CheckSecondOperand(const Operator& op, const Shape& second) {
  const bool repeats = second == Shape{1, 1, op.in.channels} || second == Shape{1, 1, 1};
  if (op.broadcast != (repeats && second != op.in))
    return std::string(op.broadcast ? "broadcasts " : "does not broadcast ") + ListText(second) +
           " to " + ListText(op.in);
  if (op.broadcast || second == op.in) return std::nullopt;
  return "operands differ in shape: " + ListText(op.in) + " and " + ListText(second);
}

Problem CheckConcatenation(const Network& network, const Operator& op) {
  int64_t channels = 0;
  for (int tensor : op.inputs) {
    const Shape shape = network.tensor_shape(tensor);
    if (shape.height != op.in.height || shape.width != op.in.width)
      return "operands differ in height or width: " + ListText(op.in) + " and " + ListText(shape);
    channels += shape.channels;
  }
  if (op.out.height != op.in.height || op.out.width != op.in.width || op.out.channels != channels)
    return "output shape " + ListText(op.out) + ", expected the operands' height and width and " +
           std::to_string(channels) + " channels";
  return std::nullopt;
}

Problem CheckOperands(const Network& network, int index) {
  const Operator& op = network.op(index);
  if (Problem p = CheckOperandCount(op)) return p;
  for (int tensor : op.inputs) {
    if (tensor < kNetworkInput || tensor >= index)
      return "operand " + std::to_string(tensor) +
             " is not an earlier operator (a cycle or a forward reference)";
  }
  const Shape first = network.tensor_shape(op.inputs[0]);
  if (first != op.in)
    return "input shape " + ListText(op.in) + " differs from its operand's shape " +
           ListText(first);
  if (op.broadcast && !IsPairwise(op.kind)) return "only operators on two tensors broadcast";
  if (op.reversed && op.kind != OpKind::kSubtract && op.kind != OpKind::kSubtractConstant)
    return "only differences are reversed";
  if (IsPairwise(op.kind)) return CheckSecondOperand(op, network.tensor_shape(op.inputs[1]));
  if (op.kind == OpKind::kConcatenation) return CheckConcatenation(network, op);
  return std::nullopt;
}

Problem CheckWeightBits(const Operator& op) {
  if (op.weight_bits == 8) return std::nullopt;
  const std::string found = "has weights of " + std::to_string(op.weight_bits) + " bits";
  if (op.weight_bits != 4) return found + ", expected 8 or 4";
  if (!HasWeights(op.kind)) return found + ", but no weights";
  if (!TakesFourBits(op.kind)) return found + ", expected 8";
  return std::nullopt;
}

Problem CheckWeights(const Operator& op) {
  if (Problem p = CheckWeightBits(op)) return p;
  const int64_t depth = op.kind == OpKind::kFullyConnected
                            ? op.in.elements()
                            : int64_t{op.kernel.height} * op.kernel.width * op.in.channels;
  const bool dense = op.kind == OpKind::kConv || op.kind == OpKind::kPointwise ||
                     op.kind == OpKind::kFullyConnected || op.kind == OpKind::kTransposeConv;
  if (dense && depth > kMaxDepth)
    return "reads over " + std::to_string(kMaxDepth) + " values per output";
  // Below 2^26 * 2^24: no overflow before the check.
  if (OperatorWeights(op) > kMaxElements) return "has over 2^31 - 1 weights";
  return std::nullopt;
}

Problem CheckOutputs(const Network& network) {
  const int count = network.operator_count();
  std::vector<int> seen;
  for (int tensor : network.outputs) {
    if (tensor < 0 || tensor >= count)
      return "output " + std::to_string(tensor) + " is not one of its " + std::to_string(count) +
             " operators";
    if (std::find(seen.begin(), seen.end(), tensor) != seen.end())
      return "output " + std::to_string(tensor) + " stands twice";
    seen.push_back(tensor);
  }
  return std::nullopt;
}

Problem CheckInput(const Network& network, int tensor, int64_t offset) {
  const std::string name = "input " + std::to_string(tensor) + " ";
  const int count = network.operator_count();
  if (tensor < 0 || tensor >= count)
    return name + "is not one of its " + std::to_string(count) + " operators";
  const Operator& op = network.op(tensor);
  const int from = op.kind == OpKind::kReshape ? op.inputs[0] : tensor;
  const bool cut = from >= 0 && network.op(from).kind == OpKind::kSlice;
  if (!cut || network.op(from).inputs[0] != kNetworkInput)
    return name + "is no slice of the network's input, nor the reshape of one";
  const int64_t begin = network.op(from).corner.channel;
  if (begin != offset)
    return name + "begins at element " + std::to_string(begin) + ", expected " +
           std::to_string(offset);
  if (from == tensor) return std::nullopt;
  const auto reads = [&](const Operator& reader) {
    return std::find(reader.inputs.begin(), reader.inputs.end(), from) != reader.inputs.end();
  };
  const bool read = std::count_if(network.operators.begin(), network.operators.end(), reads) > 1;
  const std::vector<int> outputs = OutputTensors(network);
  if (read || std::find(outputs.begin(), outputs.end(), from) != outputs.end())
    return name + "has a slice that is not read by its reshape alone";
  return std::nullopt;
}

Problem CheckInputs(const Network& network) {
  if (network.inputs.empty()) return std::nullopt;
  if (network.input.height != 1 || network.input.width != 1)
    return "has several inputs, but its input " + ListText(network.input) + " is no vector";
  int64_t offset = 0;
  for (int tensor : network.inputs) {
    if (Problem p = CheckInput(network, tensor, offset)) return p;
    offset += network.tensor_shape(tensor).elements();
  }
  const auto reads_all = [](const Operator& op) {
    return std::find(op.inputs.begin(), op.inputs.end(), kNetworkInput) != op.inputs.end();
  };
  const auto readers = std::count_if(network.operators.begin(), network.operators.end(), reads_all);
  if (readers != static_cast<std::ptrdiff_t>(network.inputs.size()))
    return "has " + std::to_string(readers) + " operators that read the vector of its " +
           std::to_string(network.inputs.size()) + " inputs, expected a slice for each";
  if (offset == network.input.channels) return std::nullopt;
  return "has inputs of " + std::to_string(offset) + " elements in a vector of " +
         std::to_string(network.input.channels);
}

Problem CheckOperator(const Network& network, int index) {
  const Operator& op = network.op(index);
  if (Problem p = CheckShape(op.in, "input shape")) return p;
  if (Problem p = CheckShape(op.out, "output shape")) return p;
  if (Problem p = CheckOperands(network, index)) return p;
  if (Problem p = CheckLawsOfKind(op)) return p;
  return CheckWeights(op);
}

}  // namespace

Expected<void> VerifyOperator(const Network& network, int index) {
  if (Problem p = CheckOperator(network, index)) return Error{ErrorCode::kCorrupt, *p};
  return {};
}

Expected<void> VerifyNetwork(const Network& network) {
  const std::string name = "network '" + network.name + "': ";
  if (Problem p = CheckShape(network.input, "input")) return Error{ErrorCode::kCorrupt, name + *p};
  if (network.operators.empty()) return Error{ErrorCode::kCorrupt, name + "has no operators"};
  if (network.operators.size() > static_cast<size_t>(kMaxElements))
    return Error{ErrorCode::kCorrupt, name + "has over 2^31 - 1 operators"};
  Macs macs;
  for (int i = 0; i < network.operator_count(); ++i) {
    const Operator& op = network.op(i);
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
  if (Problem p = CheckInputs(network)) return Error{ErrorCode::kCorrupt, name + *p};
  if (Problem p = CheckOutputs(network)) return Error{ErrorCode::kCorrupt, name + *p};
  return {};
}

}  // namespace mcunas
