// How far an output reaches into its input along one axis: all that planning needs to know of an
// operator.
#pragma once

#include <algorithm>

#include "network/network.h"

namespace mcunas {

// Output index o reads input indices [First(o), End(o)), to be clipped to [0, input size). Both are
// monotone in o. `whole`: every output reads all of the input.
struct AxisWindow {
  int kernel = 1;  // from the first tap to the last, dilation included
  int stride = 1;
  int before = 0;   // padding in front
  int upscale = 1;  // nearest-neighbour enlargement: o / upscale instead of o
  bool whole = false;

  int First(int o) const { return o / upscale * stride - before; }
  int End(int o) const { return First(o) + kernel; }
  bool operator==(const AxisWindow&) const = default;
};

// For operand `operand` (index into op.inputs) of an operator that VerifyNetwork accepts. Global
// average pooling counts as an element-wise operator: it adds up pixel by pixel.
AxisWindow RowWindow(const Operator& op, int operand);
AxisWindow ColumnWindow(const Operator& op, int operand);

// A plan executes some operators only alone or last in a group.
inline bool ReadsWholeInput(const Operator& op) { return RowWindow(op, 0).whole; }

}  // namespace mcunas
