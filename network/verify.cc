// VerifyNetwork: one function per family of laws; the first broken law of the first bad operator
// wins.
#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "network/network.h"
#include "network/resize.h"

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
    return std::string(op.broadcast ? "broadcasts " : "does not broadcast ") + Text(second) +
           " to " + Text(op.in);
  if (op.broadcast || second == op.in) return std::nullopt;
  return "operands differ in shape: " + Text(op.in) + " and " + Text(second);
}

Problem CheckConcatenation(const Network& network, const Operator& op) {
  int64_t channels = 0;
  for (int tensor : op.inputs) {
    const Shape shape = network.tensor_shape(tensor);
    if (shape.height != op.in.height || shape.width != op.in.width)
      return "operands differ in height or width: " + Text(op.in) + " and " + Text(shape);
    channels += shape.channels;
  }
  if (op.out.height != op.in.height || op.out.width != op.in.width || op.out.channels != channels)
    return "output shape " + Text(op.out) + ", expected the operands' height and width and " +
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
    return "input shape " + Text(op.in) + " differs from its operand's shape " + Text(first);
  if (op.broadcast && !IsPairwise(op.kind)) return "only operators on two tensors broadcast";
  if (op.reversed && op.kind != OpKind::kSubtract && op.kind != OpKind::kSubtractConstant)
    return "only differences are reversed";
  if (IsPairwise(op.kind)) return CheckSecondOperand(op, network.tensor_shape(op.inputs[1]));
  if (op.kind == OpKind::kConcatenation) return CheckConcatenation(network, op);
  return std::nullopt;
}

Problem CheckNoWindow(const Operator& op) {
  if (op.kind == OpKind::kTransposeConv) return std::nullopt;  // judged with its kind
  const bool strides = op.kind == OpKind::kSlice, pads = op.kind == OpKind::kPad;
  if (strides || pads) {
    if (op.kernel == 1 && op.dilation == 1 && (strides ? op.padding == 0 : op.stride == 1))
      return std::nullopt;
    return strides ? "has more of a window than its stride"
                   : "has more of a window than its padding";
  }
  if (op.kernel == 1 && op.stride == 1 && op.padding == 0 && op.dilation == 1) return std::nullopt;
  return "has no window: expected kernel 1, stride 1, padding 0, dilation 1";
}

// A window along one axis, in the words of its messages.
struct Axis {
  int kernel, stride, before, after, dilation, in, out;

  int span() const { return (kernel - 1) * dilation + 1; }
  std::string Text() const {
    return "kernel " + std::to_string(kernel) + ", stride " + std::to_string(stride) +
           ", padding " + std::to_string(before) +
           (after == before ? "" : " before and " + std::to_string(after) + " behind") +
           (dilation == 1 ? "" : ", dilation " + std::to_string(dilation));
  }
};

Axis Rows(const Operator& op) {
  return {op.kernel.height,   op.stride.height, op.padding.top, op.padding.bottom,
          op.dilation.height, op.in.height,     op.out.height};
}

Axis Columns(const Operator& op) {
  return {op.kernel.width,   op.stride.width, op.padding.left, op.padding.right,
          op.dilation.width, op.in.width,     op.out.width};
}

Problem CheckAxisRanges(const Operator& op, const Axis& a) {
  const auto outside = [](const char* what, int value, const std::string& range) {
    return std::string(what) + " " + std::to_string(value) + " is outside " + range;
  };
  if (a.kernel < 1 || a.kernel > kMaxKernel)
    return outside("kernel", a.kernel, "1.." + std::to_string(kMaxKernel));
  if (op.kind == OpKind::kPointwise && a.kernel != 1)
    return "kernel is " + std::to_string(a.kernel) + ", expected 1";
  if (a.stride < 1 || a.stride > kMaxSide)
    return outside("stride", a.stride, "1.." + std::to_string(kMaxSide));
  if (a.dilation < 1 || a.dilation > kMaxKernel)
    return outside("dilation", a.dilation, "1.." + std::to_string(kMaxKernel));
  if (a.dilation != 1 && !HasWeights(op.kind)) return "a pool has no dilation";
  if (a.span() > kMaxSide)
    return outside("dilated kernel", a.span(), "1.." + std::to_string(kMaxSide));
  for (int side : {a.before, a.after})
    if (side < 0 || side >= a.span())
      return outside("padding", side,
                     a.dilation == 1 ? "0..kernel - 1" : "0..(dilated kernel) - 1");
  return std::nullopt;
}

// Expects the output size in `expected`.
Problem CheckAxis(const Operator& op, const Axis& a, int* expected) {
  if (Problem p = CheckAxisRanges(op, a)) return p;
  const int positions = a.in + a.before + a.after - a.span();
  if (positions < 0)
    return "kernel " + std::to_string(a.kernel) + " is larger than the padded input " + Text(op.in);
  *expected = positions / a.stride + 1;
  return std::nullopt;
}

Problem CheckWindow(const Operator& op) {
  Shape expected = op.out;
  if (Problem p = CheckAxis(op, Rows(op), &expected.height)) return p;
  if (Problem p = CheckAxis(op, Columns(op), &expected.width)) return p;
  if (expected == op.out) return std::nullopt;
  const Axis axis = expected.height != op.out.height ? Rows(op) : Columns(op);
  return "output shape " + Text(op.out) + ", expected " + Text(expected) + " from input " +
         Text(op.in) + ", " + axis.Text();
}

Problem ExpectOutput(const Operator& op, const Shape& expected) {
  if (op.out == expected) return std::nullopt;
  return "output shape " + Text(op.out) + ", expected " + Text(expected);
}

Problem CheckDepthwise(const Operator& op) {
  if (op.out.channels % op.in.channels == 0) return std::nullopt;
  return "output shape " + Text(op.out) + ", expected a multiple of " +
         std::to_string(op.in.channels) + " channels";
}

Problem CheckResize(const Operator& op) {
  if (op.out.channels != op.in.channels)
    return "output shape " + Text(op.out) + ", expected the " + std::to_string(op.in.channels) +
           " channels of its input";
  if (op.kind != OpKind::kResizeBilinear) return std::nullopt;
  for (const ResizeAxis& axis : {ResizeRows(op), ResizeColumns(op)})
    if (BilinearNeighbours(axis, axis.out - 1).lower >= axis.in)
      return "resizes " + Text(op.in) + " to " + Text(op.out) +
             ", where the rounding of TFLite's scale leaves the map";
  return std::nullopt;
}

Problem CheckSlice(const Operator& op) {
  const Corner& c = op.corner;
  for (int stride : {op.stride.height, op.stride.width})
    if (stride < 1 || stride > kMaxSide)
      return "stride " + std::to_string(stride) + " is outside 1.." + std::to_string(kMaxSide);
  const auto last = [](int first, int count, int64_t stride) {
    return first + (count - 1) * stride;
  };
  const bool inside = c.row >= 0 && c.column >= 0 && c.channel >= 0 &&
                      last(c.row, op.out.height, op.stride.height) < op.in.height &&
                      last(c.column, op.out.width, op.stride.width) < op.in.width &&
                      last(c.channel, op.out.channels, 1) < op.in.channels;
  if (inside) return std::nullopt;
  return "output shape " + Text(op.out) + " from [" + std::to_string(c.row) + ", " +
         std::to_string(c.column) + ", " + std::to_string(c.channel) + "] on leaves its input " +
         Text(op.in);
}

Problem CheckPad(const Operator& op) {
  const Padding& p = op.padding;
  for (int side : {p.top, p.left, p.bottom, p.right})
    if (side < 0 || side > kMaxSide)
      return "padding " + std::to_string(side) + " is outside 0.." + std::to_string(kMaxSide);
  return ExpectOutput(
      op, {op.in.height + p.top + p.bottom, op.in.width + p.left + p.right, op.in.channels});
}

Problem CheckTransposedAxis(const Operator& op, const Axis& a) {
  if (a.dilation != 1 || a.after != 0)
    return "expected dilation 1 and padding 0 behind, which the output's size says";
  if (Problem p = CheckAxisRanges(op, a)) return p;
  const int64_t reached = int64_t{a.in - 1} * a.stride + a.kernel;
  if (int64_t{a.out} + a.before < reached + a.stride) return std::nullopt;
  return "output shape " + Text(op.out) + " reaches a stride or more beyond what input " +
         Text(op.in) + ", " + a.Text() + " gives";
}

Problem CheckTransposed(const Operator& op) {
  if (Problem p = CheckTransposedAxis(op, Rows(op))) return p;
  return CheckTransposedAxis(op, Columns(op));
}

Problem CheckReshape(const Operator& op) {
  if (op.out.elements() == op.in.elements()) return std::nullopt;
  return "output shape " + Text(op.out) + " has not as many elements as " + Text(op.in);
}

Problem CheckConstants(const Operator& op) {
  if (!HasConstants(op.kind)) return op.constants == 0 ? Problem() : Problem("has no constants");
  if (op.constants == 1 || op.constants == op.in.channels || op.constants == op.in.elements())
    return std::nullopt;
  return "has " + std::to_string(op.constants) +
         " constants, expected one, one per channel or one per element";
}

bool IsExtreme(OpKind kind) {
  return kind == OpKind::kMaximum || kind == OpKind::kMaximumConstant || kind == OpKind::kMinimum ||
         kind == OpKind::kMinimumConstant;
}

bool TakesActivation(OpKind kind) {
  return HasWeights(kind) || HasWindow(kind) || kind == OpKind::kRequantize ||
         ((IsPairwise(kind) || HasConstants(kind)) && !IsExtreme(kind));
}

Problem CheckKind(const Operator& op) {
  if (HasWindow(op.kind)) {
    if (Problem p = CheckWindow(op)) return p;
  } else if (Problem p = CheckNoWindow(op)) {
    return p;
  }
  if (op.activation != Activation::kNone && !TakesActivation(op.kind))
    return "cannot have a fused activation";
  if (Problem p = CheckConstants(op)) return p;
  if (!(op.corner == Corner{}) && op.kind != OpKind::kSlice) return "has a corner, as slices have";
  const bool resizes = op.kind == OpKind::kResizeNearest || op.kind == OpKind::kResizeBilinear;
  if (op.sampling != Sampling::kPlain && !resizes) return "has a sampling, as resizes have";
  switch (op.kind) {
    case OpKind::kConv:
    case OpKind::kPointwise:
    case OpKind::kConcatenation:  // judged with its operands
      return std::nullopt;
    case OpKind::kDepthwise:
      return CheckDepthwise(op);
    case OpKind::kAveragePool:
    case OpKind::kMaxPool:
      return ExpectOutput(op, {op.out.height, op.out.width, op.in.channels});
    case OpKind::kAdd:
    case OpKind::kMultiply:
    case OpKind::kAddConstant:
    case OpKind::kMultiplyConstant:
    case OpKind::kLogistic:
    case OpKind::kTanh:
    case OpKind::kHardSwish:
    case OpKind::kLeakyRelu:
    case OpKind::kRequantize:
    case OpKind::kSubtract:
    case OpKind::kSubtractConstant:
    case OpKind::kMaximum:
    case OpKind::kMaximumConstant:
    case OpKind::kMinimum:
    case OpKind::kMinimumConstant:
      return ExpectOutput(op, op.in);
    case OpKind::kSoftmax:
      if (op.in.channels > kMaxSoftmax)
        return "has over " + std::to_string(kMaxSoftmax) + " channels";
      return ExpectOutput(op, op.in);
    case OpKind::kGlobalAveragePool:
      return ExpectOutput(op, {1, 1, op.in.channels});
    case OpKind::kFullyConnected:
      return ExpectOutput(op, {1, 1, op.out.channels});
    case OpKind::kResizeNearest:
    case OpKind::kResizeBilinear:
      return CheckResize(op);
    case OpKind::kReshape:
      return CheckReshape(op);
    case OpKind::kSlice:
      return CheckSlice(op);
    case OpKind::kPad:
      return CheckPad(op);
    case OpKind::kTransposeConv:
      return CheckTransposed(op);
  }
  return "is of no known kind";
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
    return "has several inputs, but its input " + Text(network.input) + " is no vector";
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
  if (Problem p = CheckKind(op)) return p;
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
