#include "network/operator_laws.h"

#include <algorithm>

#include "common/check.h"
#include "network/resize.h"

namespace mcunas {
namespace {

bool IsResize(OpKind kind) {
  return kind == OpKind::kResizeNearest || kind == OpKind::kResizeBilinear;
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
    return "kernel " + std::to_string(a.kernel) + " is larger than the padded input " +
           ListText(op.in);
  *expected = positions / a.stride + 1;
  return std::nullopt;
}

Problem CheckWindow(const Operator& op) {
  Shape expected = op.out;
  if (Problem p = CheckAxis(op, Rows(op), &expected.height)) return p;
  if (Problem p = CheckAxis(op, Columns(op), &expected.width)) return p;
  if (expected == op.out) return std::nullopt;
  const Axis axis = expected.height != op.out.height ? Rows(op) : Columns(op);
  return "output shape " + ListText(op.out) + ", expected " + ListText(expected) + " from input " +
         ListText(op.in) + ", " + axis.Text();
}

Problem ExpectOutput(const Operator& op, const Shape& expected) {
  if (op.out == expected) return std::nullopt;
  return "output shape " + ListText(op.out) + ", expected " + ListText(expected);
}

Problem CheckDepthwise(const Operator& op) {
  if (op.out.channels % op.in.channels == 0) return std::nullopt;
  return "output shape " + ListText(op.out) + ", expected a multiple of " +
         std::to_string(op.in.channels) + " channels";
}

Problem CheckResize(const Operator& op) {
  if (op.out.channels != op.in.channels)
    return "output shape " + ListText(op.out) + ", expected the " + std::to_string(op.in.channels) +
           " channels of its input";
  if (op.kind != OpKind::kResizeBilinear) return std::nullopt;
  for (const ResizeAxis& axis : {ResizeRows(op), ResizeColumns(op)})
    if (BilinearNeighbours(axis, axis.out - 1).lower >= axis.in)
      return "resizes " + ListText(op.in) + " to " + ListText(op.out) +
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
  return "output shape " + ListText(op.out) + " from [" + std::to_string(c.row) + ", " +
         std::to_string(c.column) + ", " + std::to_string(c.channel) + "] on leaves its input " +
         ListText(op.in);
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
  return "output shape " + ListText(op.out) + " reaches a stride or more beyond what input " +
         ListText(op.in) + ", " + a.Text() + " gives";
}

Problem CheckTransposed(const Operator& op) {
  if (Problem p = CheckTransposedAxis(op, Rows(op))) return p;
  return CheckTransposedAxis(op, Columns(op));
}

Problem CheckReshape(const Operator& op) {
  if (op.out.elements() == op.in.elements()) return std::nullopt;
  return "output shape " + ListText(op.out) + " has not as many elements as " + ListText(op.in);
}

Problem CheckConstants(const Operator& op) {
  if (!HasConstants(op.kind)) return op.constants == 0 ? Problem() : Problem("has no constants");
  const std::vector<int64_t> counts = ConstantCounts(op.kind, op.in);
  if (std::find(counts.begin(), counts.end(), op.constants) != counts.end()) return std::nullopt;
  return "has " + std::to_string(op.constants) + " constants, expected one" +
         (counts.size() > 2 ? ", one per channel or one per element" : " or one per channel");
}

Problem CheckWeighted(const Operator& op) {
  if (op.kind == OpKind::kDepthwise) return CheckDepthwise(op);
  if (op.kind == OpKind::kFullyConnected) return ExpectOutput(op, {1, 1, op.out.channels});
  if (op.kind == OpKind::kTransposeConv) return CheckTransposed(op);
  return std::nullopt;  // judged with its window
}

Problem CheckPool(const Operator& op) {
  const bool global = op.kind == OpKind::kGlobalAveragePool;
  return ExpectOutput(op, {global ? 1 : op.out.height, global ? 1 : op.out.width, op.in.channels});
}

Problem CheckSoftmax(const Operator& op) {
  if (op.in.channels > kMaxSoftmax) return "has over " + std::to_string(kMaxSoftmax) + " channels";
  return ExpectOutput(op, op.in);
}

Problem CheckGeometry(const Operator& op) {
  if (IsResize(op.kind)) return CheckResize(op);
  if (op.kind == OpKind::kReshape) return CheckReshape(op);
  if (op.kind == OpKind::kSlice) return CheckSlice(op);
  if (op.kind == OpKind::kPad) return CheckPad(op);
  MCUNAS_CHECK(op.kind == OpKind::kConcatenation, "an operator without laws");
  return std::nullopt;  // judged with its operands
}

Problem CheckFamily(const Operator& op) {
  switch (FamilyOf(op.kind)) {
    case OpFamily::kWeighted:
      return CheckWeighted(op);
    case OpFamily::kPool:
      return CheckPool(op);
    case OpFamily::kPairwise:
    case OpFamily::kConstants:
    case OpFamily::kFunction:
      return ExpectOutput(op, op.in);
    case OpFamily::kSoftmax:
      return CheckSoftmax(op);
    case OpFamily::kGeometry:
      return CheckGeometry(op);
  }
  MCUNAS_CHECK(false, "an operator of no family");
}

}  // namespace

std::string ListText(const Shape& s) {
  return std::string("[") + std::to_string(s.height) + ", " + std::to_string(s.width) + ", " +
         std::to_string(s.channels) + "]";
}

Problem CheckLawsOfKind(const Operator& op) {
  if (HasWindow(op.kind)) {
    if (Problem p = CheckWindow(op)) return p;
  } else if (Problem p = CheckNoWindow(op)) {
    return p;
  }
  if (op.activation != Activation::kNone && !TakesActivation(op.kind))
    return "cannot have a fused activation";
  if (Problem p = CheckConstants(op)) return p;
  if (!(op.corner == Corner{}) && op.kind != OpKind::kSlice) return "has a corner, as slices have";
  if (op.sampling != Sampling::kPlain && !IsResize(op.kind))
    return "has a sampling, as resizes have";
  return CheckFamily(op);
}

}  // namespace mcunas
