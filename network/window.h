// How far an output reaches into its input along one axis: all that planning needs to know of an
// operator.
#pragma once

#include <algorithm>

#include "network/network.h"

namespace mcunas {

// Output index o reads at most input indices [First(o), End(o)), to be clipped to [0, input size).
// Both are monotone in o; clipped, the range is never empty. `whole`: every output reads all of the
// input.
struct AxisWindow {
  int kernel = 1;  // from the first tap to the last, dilation included
  int stride = 1;
  int before = 0;   // padding in front; negative: the first indices are not read
  int upscale = 1;  // nearest-neighbour enlargement: o / upscale instead of o
  bool whole = false;
  // Of the input, where outputs beside it (of a padding) count as reading the nearest index; else
  // 0.
  int clamp = 0;

  int First(int o) const { return Clamped(o / upscale * stride - before, 0); }
  int End(int o) const { return Clamped(o / upscale * stride - before + kernel, 1); }
  bool operator==(const AxisWindow&) const = default;

 private:
  int Clamped(int index, int lowest) const {
    return clamp == 0 ? index : std::clamp(index, lowest, clamp - 1 + lowest);
  }
};

// For operand `operand` (index into op.inputs) of an operator that VerifyNetwork accepts. Global
// average pooling counts as an element-wise operator: it adds up pixel by pixel.
AxisWindow RowWindow(const Operator& op, int operand);
AxisWindow ColumnWindow(const Operator& op, int operand);

// A plan executes some operators only alone or last in a group.
inline bool ReadsWholeInput(const Operator& op) { return RowWindow(op, 0).whole; }

}  // namespace mcunas
