// Vectors as wide as the registers of the instruction set that the including file is compiled for:
// GCC takes wider ones apart, comparisons into single values. Only for files compiled once per
// instruction set, as MCUNAS_SIMD_NAME. No standard library templates in those: their out-of-line
// copies could be shared with files that run on older processors.
#pragma once

#include <stdint.h>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

#include "supernet/cpu/kernels.h"

namespace mcunas {
namespace MCUNAS_SIMD_NAME {

#if defined(__AVX512F__)
constexpr int kLanes = 16, kRegisters = 32, kTileRows = 12;
#elif defined(__AVX2__)
constexpr int kLanes = 8, kRegisters = 16, kTileRows = 6;
#else
constexpr int kLanes = 4, kRegisters = 16, kTileRows = 4;
#endif

using Vector = float __attribute__((vector_size(4 * kLanes)));
using UnalignedVector = float __attribute__((vector_size(4 * kLanes), aligned(4), may_alias));

inline Vector Load(const float* from) { return *reinterpret_cast<const UnalignedVector*>(from); }
inline void Store(Vector value, float* to) { *reinterpret_cast<UnalignedVector*>(to) = value; }
inline void Accumulate(Vector value, float* to) { Store(Load(to) + value, to); }
// Asks for the line of memory that holds `from`, which a later call reads.
inline void Prefetch(const float* from) { __builtin_prefetch(from); }
constexpr int kLine = 16;  // floats

inline int LanesFrom(int channel, int channels) {
  return channels - channel < kLanes ? channels - channel : kLanes;
}

#if defined(__AVX2__) && !defined(__AVX512F__)
inline __m256i FirstLanes(int lanes) {
  const __m256i index = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(lanes), index);
}
#endif

// The first `lanes` values, zeros behind them.
inline Vector LoadSome(const float* from, int lanes) {
  if (lanes == kLanes) return Load(from);
#if defined(__AVX512F__)
  return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << lanes) - 1), from);
#elif defined(__AVX2__)
  return _mm256_maskload_ps(from, FirstLanes(lanes));
#else
  Vector value = {};
  for (int i = 0; i < lanes; ++i) value[i] = from[i];
  return value;
#endif
}
inline void StoreSome(Vector value, int lanes, float* to) {
  if (lanes == kLanes) return Store(value, to);
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(to, static_cast<__mmask16>((1u << lanes) - 1), value);
#elif defined(__AVX2__)
  _mm256_maskstore_ps(to, FirstLanes(lanes), value);
#else
  for (int i = 0; i < lanes; ++i) to[i] = value[i];
#endif
}

inline Vector Clamp(Vector value, float low, float high) {
  const Vector floor = Vector{} + low, ceiling = Vector{} + high;
  value = value < floor ? floor : value;
  return value > ceiling ? ceiling : value;
}

inline Vector HardSwishSlope(Vector value) {
  const Vector zero = {}, one = zero + 1, slope = value * (1.0f / 3) + 0.5f;
  const Vector above = value > zero - 3 ? slope : zero;
  return value < zero + 3 ? above : one;
}

// kLanes channels of a LazyMap or LazyGradient, from `channel` on.
struct MapLanes {
  Vector scale, bias;
  float low, high;
  bool hard_swish;
  MapLanes(const LazyMap& map, int channel)
      : scale(Load(map.scale + channel)),
        bias(Load(map.bias + channel)),
        low(map.low),
        high(map.high),
        hard_swish(map.hard_swish) {}
  Vector Activate(Vector x) const {
    const Vector value = x * scale + bias;
    if (hard_swish) return value * Clamp(value + 3, 0, 6) * (1.0f / 6);
    return Clamp(value, low, high);
  }
  // What the activation lets through of the gradient.
  Vector Pass(Vector x, Vector gradient) const {
    const Vector value = x * scale + bias, zero = {};
    if (hard_swish) return gradient * HardSwishSlope(value);
    const Vector above = value > Vector{} + low ? gradient : zero;
    return value < Vector{} + high ? above : zero;
  }
};

struct GradientLanes {
  MapLanes map;
  Vector slope, offset;
  GradientLanes(const LazyGradient& gradient, int channel)
      : map(gradient.map, channel),
        slope(Load(gradient.slope + channel)),
        offset(Load(gradient.offset + channel)) {}
  Vector Apply(Vector x, Vector gradient) const {
    return map.scale * map.Pass(x, gradient) + slope * x + offset;
  }
};

// MomentSums of kLanes channels, in registers.
struct MomentLanes {
  Vector shift, sum, square;
  MomentLanes(const MomentSums& from, int channel)
      : shift(Load(from.shift + channel)),
        sum(Load(from.sums + channel)),
        square(Load(from.squares + channel)) {}
  // The first `count` values. Their own sums come first: a sum that waits for the one before it
  // takes longer than the products.
  template <int N>
  void Add(const Vector (&values)[N], int count) {
    Vector group = {}, squares = {};
#pragma GCC unroll 12
    for (int i = 0; i < N; ++i) {
      if (i >= count) break;
      const Vector centred = values[i] - shift;
      group += centred;
      squares += centred * centred;
    }
    sum += group;
    square += squares;
  }
  void Save(const MomentSums& to, int channel) const {
    Store(shift, to.shift + channel);
    Store(sum, to.sums + channel);
    Store(square, to.squares + channel);
  }
};

// GradientSums of kLanes channels, in registers.
struct GradientSumLanes {
  Vector sum = {}, product = {};

  GradientSumLanes() = default;
  GradientSumLanes(const GradientSums& from, int channel)
      : sum(Load(from.sums + channel)), product(Load(from.products + channel)) {}
  void Add(Vector x, Vector passed, Vector mean) {
    sum += passed;
    product += passed * (x - mean);
  }
  void Add(const GradientSumLanes& group) {
    sum += group.sum;
    product += group.product;
  }
  void Save(const GradientSums& to, int channel) const {
    Store(sum, to.sums + channel);
    Store(product, to.products + channel);
  }
};

}  // namespace MCUNAS_SIMD_NAME
}  // namespace mcunas
