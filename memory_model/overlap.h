// How close an output may come to its dying input: the overlap law of memory_model.h as numbers.
#pragma once

#include <algorithm>
#include <cstdint>

#include "network/network.h"

namespace mcunas {

constexpr int64_t kTensorAlignment = 4;  // of every offset in the arena
constexpr int64_t kArenaAlignment = 8;   // of the arena's size, where scratch begins

constexpr int64_t RoundUp(int64_t value, int64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

// Bytes that a full tensor of this shape takes in the arena.
inline int64_t TensorBytes(const Shape& shape) {
  return RoundUp(shape.elements(), kTensorAlignment);
}

// Where the output of an operator may start relative to a dying operand at offset x with s bytes:
// at x - down or lower, at x + s or higher, and exactly at x where `alias` holds.
struct OverlapRule {
  int64_t down = 0;
  bool alias = false;
};

// Smallest legal distance for rows of a sliding window, closed form, not rounded.
// max over y in [0, H) of (y + 1) * out_row - max(0, y * stride - padding) * in_row: linear in y on
// both sides of the row where the window leaves the top padding, so three rows decide.
inline int64_t WindowDistance(const Operator& op) {
  const int64_t in_row = op.in.row_elements();
  const int64_t out_row = op.out.row_elements();
  const int64_t last = op.out.height - 1;
  const int64_t top = std::min<int64_t>(op.padding / op.stride, last);
  const auto at = [&](int64_t y) {
    return (y + 1) * out_row - std::max<int64_t>(0, y * op.stride - op.padding) * in_row;
  };
  return std::max({at(top), at(std::min(top + 1, last)), at(last)});
}

inline OverlapRule RuleForDyingOperand(const Operator& op) {
  if (HasWindow(op.kind)) return {RoundUp(WindowDistance(op), kTensorAlignment), false};
  if (op.kind == OpKind::kAdd) return {RoundUp(op.out.row_elements(), kTensorAlignment), true};
  return {TensorBytes(op.out), false};
}

}  // namespace mcunas
