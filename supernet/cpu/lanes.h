// Vectors as wide as the registers of the instruction set that the including file is compiled for:
// GCC takes wider ones apart, comparisons into single values. Only for files compiled once per
// instruction set, as MCUNAS_SIMD_NAME. No standard library templates in those: their out-of-line
// copies could be shared with files that run on older processors.
#pragma once

#include <stdint.h>
#include <string.h>

namespace mcunas {
namespace MCUNAS_SIMD_NAME {

#if defined(__AVX512F__)
constexpr int kLanes = 16, kRegisters = 32;
#elif defined(__AVX2__)
constexpr int kLanes = 8, kRegisters = 16;
#else
constexpr int kLanes = 4, kRegisters = 16;
#endif

using Vector = float __attribute__((vector_size(4 * kLanes)));
using UnalignedVector = float __attribute__((vector_size(4 * kLanes), aligned(4), may_alias));

// T is float or Vector: one value or kLanes of them, wherever they lie.
template <typename T>
T Load(const float* from);
template <>
inline float Load<float>(const float* from) {
  return *from;
}
template <>
inline Vector Load<Vector>(const float* from) {
  return *reinterpret_cast<const UnalignedVector*>(from);
}

inline void Store(float value, float* to) { *to = value; }
inline void Store(Vector value, float* to) { *reinterpret_cast<UnalignedVector*>(to) = value; }

// The first `lanes` values, zeros behind them.
inline Vector LoadSome(const float* from, int lanes) {
  if (lanes == kLanes) return Load<Vector>(from);
  Vector value = {};
  for (int i = 0; i < lanes; ++i) value[i] = from[i];
  return value;
}
inline void StoreSome(Vector value, int lanes, float* to) {
  if (lanes == kLanes) return Store(value, to);
  for (int i = 0; i < lanes; ++i) to[i] = value[i];
}

template <typename T>
T Clamp(T value, float low, float high) {
  const T floor = T{} + low, ceiling = T{} + high;
  value = value < floor ? floor : value;
  return value > ceiling ? ceiling : value;
}

// What the activation lets through of the gradient.
template <typename T>
T Passed(T value, T gradient, float low, float high) {
  const T floor = T{} + low, ceiling = T{} + high, zero = T{};
  const T above = value > floor ? gradient : zero;
  return value < ceiling ? above : zero;
}

}  // namespace MCUNAS_SIMD_NAME
}  // namespace mcunas
