// Alignment of everything in the arena.
#pragma once

#include <cstdint>

#include "network/network.h"

namespace mcunas {

constexpr int64_t kTensorAlignment = 4;  // of every offset in the arena
constexpr int64_t kArenaAlignment = 8;   // of the arena's size, where scratch begins

constexpr int64_t RoundUp(int64_t value, int64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

// Bytes that a whole tensor of this shape takes in the arena.
inline int64_t TensorBytes(const Shape& shape) {
  return RoundUp(shape.elements(), kTensorAlignment);
}

}  // namespace mcunas
