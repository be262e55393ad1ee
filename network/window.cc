#include "network/window.h"

#include "common/check.h"
#include "network/resize.h"

namespace mcunas {
namespace {

struct AxisSizes {
  int kernel, stride, before, dilation, in, out, corner;
};

// Output o of a transposed convolution reads the inputs i with 0 <= o + before - i * stride <
// kernel.
AxisWindow TransposedWindow(const AxisSizes& axis) {
  AxisWindow window;
  window.upscale = axis.stride;
  window.before = (axis.kernel - 1 - axis.before) / axis.stride;
  window.kernel = (axis.before + axis.stride - 1) / axis.stride + window.before + 1;
  window.clamp = axis.in;
  return window;
}

// By other than whole factors rows or columns do not advance evenly: all of the input has to be
// there.
bool HasWholeFactors(const Operator& op) {
  const auto whole = [](int in, int out) { return out % in == 0 || in % out == 0; };
  return whole(op.in.height, op.out.height) && whole(op.in.width, op.out.width);
}

template <typename Neighbours>
AxisWindow ResizeWindow(const Operator& op, const ResizeAxis& axis, Neighbours neighbours) {
  AxisWindow window;
  window.whole = !HasWholeFactors(op);
  if (window.whole) return window;
  window.upscale = std::max(1, axis.out / axis.in);
  window.stride = std::max(1, axis.in / axis.out);
  int first = 0, end = 1;  // of what is read, from o / upscale * stride on
  for (int o = 0; o < axis.out; ++o) {
    const BilinearPair pair = neighbours(axis, o);
    const int origin = o / window.upscale * window.stride;
    first = o == 0 ? pair.lower : std::min(first, pair.lower - origin);
    end = std::max(o == 0 ? 0 : end, pair.upper + 1 - origin);
  }
  window.before = -first;
  window.kernel = end - first;
  return window;
}

BilinearPair NearestPair(const ResizeAxis& axis, int o) {
  const int index = NearestIndex(axis, o);
  return {index, index};
}

AxisWindow WholeInput() {
  AxisWindow window;
  window.whole = true;
  return window;
}

AxisWindow SlidingWindow(const AxisSizes& axis) {
  AxisWindow window;
  window.kernel = (axis.kernel - 1) * axis.dilation + 1;
  window.stride = axis.stride;
  window.before = axis.before;
  return window;
}

AxisWindow GeometryWindow(const Operator& op, const AxisSizes& axis) {
  AxisWindow window;
  switch (op.kind) {
    case OpKind::kConcatenation:
      return window;
    case OpKind::kReshape:
      return WholeInput();
    case OpKind::kResizeNearest:
      return ResizeWindow(op, {axis.in, axis.out, op.sampling}, NearestPair);
    case OpKind::kResizeBilinear:
      return ResizeWindow(op, {axis.in, axis.out, op.sampling}, BilinearNeighbours);
    case OpKind::kSlice:
      window.stride = axis.stride;
      window.before = -axis.corner;
      return window;
    case OpKind::kPad:
      window.before = axis.before;
      window.clamp = axis.in;
      return window;
    default:
      MCUNAS_CHECK(false, "an operator without a window");
  }
}

AxisWindow Window(const Operator& op, int operand, const AxisSizes& axis) {
  switch (FamilyOf(op.kind)) {
    case OpFamily::kWeighted:
      if (op.kind == OpKind::kFullyConnected) return WholeInput();
      return op.kind == OpKind::kTransposeConv ? TransposedWindow(axis) : SlidingWindow(axis);
    case OpFamily::kPool:
      return SlidingWindow(axis);
    case OpFamily::kPairwise:
      return op.broadcast && operand == 1 ? WholeInput() : AxisWindow{};
    case OpFamily::kConstants:
    case OpFamily::kFunction:
    case OpFamily::kSoftmax:
      return {};  // the same pixel
    case OpFamily::kGeometry:
      return GeometryWindow(op, axis);
  }
  MCUNAS_CHECK(false, "an operator of no family");
}

}  // namespace

AxisWindow RowWindow(const Operator& op, int operand) {
  return Window(op, operand,
                {op.kernel.height, op.stride.height, op.padding.top, op.dilation.height,
                 op.in.height, op.out.height, op.corner.row});
}

AxisWindow ColumnWindow(const Operator& op, int operand) {
  return Window(op, operand,
                {op.kernel.width, op.stride.width, op.padding.left, op.dilation.width, op.in.width,
                 op.out.width, op.corner.column});
}

}  // namespace mcunas
