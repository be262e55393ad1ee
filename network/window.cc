#include "network/window.h"

namespace mcunas {
namespace {

struct AxisSizes {
  int kernel, stride, before, dilation, in, out;
};

AxisWindow Window(const Operator& op, int operand, const AxisSizes& axis) {
  AxisWindow window;
  switch (op.kind) {
    case OpKind::kFullyConnected:
    case OpKind::kReshape:
      window.whole = true;
      return window;
    case OpKind::kAdd:
    case OpKind::kMultiply:
    case OpKind::kSubtract:
    case OpKind::kMaximum:
    case OpKind::kMinimum:
      window.whole = op.broadcast && operand == 1;
      return window;
    case OpKind::kResizeNearest:
      window.upscale = axis.out / axis.in;
      return window;
    default:
      window.kernel = (axis.kernel - 1) * axis.dilation + 1;
      window.stride = axis.stride;
      window.before = axis.before;
      return window;
  }
}

}  // namespace

AxisWindow RowWindow(const Operator& op, int operand) {
  return Window(op, operand,
                {op.kernel.height, op.stride.height, op.padding.top, op.dilation.height,
                 op.in.height, op.out.height});
}

AxisWindow ColumnWindow(const Operator& op, int operand) {
  return Window(op, operand,
                {op.kernel.width, op.stride.width, op.padding.left, op.dilation.width, op.in.width,
                 op.out.width});
}

}  // namespace mcunas
