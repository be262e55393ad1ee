// How TFLite would name the windows of our operators.
#pragma once

#include <algorithm>
#include <optional>
#include <utility>

#include "model_generated.h"
#include "network/network.h"

namespace mcunas {

// A window along one axis.
struct WindowAxis {
  int kernel, stride, before, dilation, in, out;

  int span() const { return (kernel - 1) * dilation + 1; }
  // TFLite's SAME: output ceil(in / stride), the smaller half of the padding first.
  bool IsSame() const {
    const int total = std::max(0, (out - 1) * stride + span() - in);
    return out == (in + stride - 1) / stride && total / 2 == before;
  }
  // Rows or columns to add behind the map so that the last window is complete.
  int behind() const { return std::max(0, (out - 1) * stride + span() - before - in); }
  bool IsValid() const { return before == 0 && behind() == 0; }
  // A transposed convolution is SAME where its input is what SAME makes of its output.
  bool IsTransposedSame() const {
    const int positions = (out + stride - 1) / stride;
    const int total = std::max(0, (positions - 1) * stride + kernel - out);
    return positions == in && total / 2 == before;
  }
  // The output that VALID may have: all that the windows reach, and as much more as we have.
  int TransposedValid() const { return std::max((in - 1) * stride + kernel, before + out); }
  // Half-open range of input positions below the window of output position `position`.
  std::pair<int, int> Window(int position) const {
    const int origin = position * stride - before;
    return {std::max(0, origin), std::min(in, origin + span())};
  }
};

inline WindowAxis Rows(const Operator& op) {
  return {op.kernel.height,   op.stride.height, op.padding.top,
          op.dilation.height, op.in.height,     op.out.height};
}

inline WindowAxis Columns(const Operator& op) {
  return {op.kernel.width,   op.stride.width, op.padding.left,
          op.dilation.width, op.in.width,     op.out.width};
}

// Whether one of TFLite's two paddings is the operator's.
inline std::optional<tflite_schema::Padding> BuiltinPadding(const Operator& op) {
  if (Rows(op).IsValid() && Columns(op).IsValid()) return tflite_schema::Padding::VALID;
  if (Rows(op).IsSame() && Columns(op).IsSame()) return tflite_schema::Padding::SAME;
  return std::nullopt;
}

}  // namespace mcunas
