// Batch norm with its activation, element by element. Compiled once per instruction set.
#include "supernet/cpu/batch_norm_simd.h"
#include "supernet/cpu/lanes.h"

namespace mcunas {
namespace MCUNAS_SIMD_NAME {
namespace {

template <typename T>
void Accumulate(T value, float* to) {
  Store(Load<T>(to) + value, to);
}

// body.Run<T>(i, t) at every element i of the part, t = its place in the tile: whole vectors first,
// the end of the last tile one by one.
template <typename Body>
void ForEachElement(ChannelTile part, const Body& body) {
  for (int64_t start = 0; start < part.elements; start += part.tile) {
    const int64_t left = part.elements - start;
    const int64_t n = left < part.tile ? left : part.tile;
    int64_t t = 0;
    for (; t + kLanes <= n; t += kLanes) body.template Run<Vector>(start + t, t);
    for (; t < n; ++t) body.template Run<float>(start + t, t);
  }
}

struct MomentsBody {
  const float *x, *shift;
  float *sums, *squares;
  template <typename T>
  void Run(int64_t i, int64_t t) const {
    const T centred = Load<T>(x + i) - Load<T>(shift + t);
    Accumulate<T>(centred, sums + t);
    Accumulate<T>(centred * centred, squares + t);
  }
};

struct ScaleClampBody {
  const float *x, *scale, *bias;
  float low, high;
  float* y;
  template <typename T>
  void Run(int64_t i, int64_t t) const {
    const T value = Load<T>(x + i) * Load<T>(scale + t) + Load<T>(bias + t);
    Store(Clamp(value, low, high), y + i);
  }
};

struct GradientSumsBody {
  const float *x, *gradient, *scale, *bias, *mean;
  float low, high;
  float *sums, *products;
  template <typename T>
  void Run(int64_t i, int64_t t) const {
    const T value = Load<T>(x + i);
    const T d =
        Passed<T>(value * Load<T>(scale + t) + Load<T>(bias + t), Load<T>(gradient + i), low, high);
    Accumulate<T>(d, sums + t);
    Accumulate<T>(d * (value - Load<T>(mean + t)), products + t);
  }
};

struct GradientApplyBody {
  const float *x, *gradient, *scale, *bias, *slope, *offset;
  float low, high;
  float* dx;
  template <typename T>
  void Run(int64_t i, int64_t t) const {
    const T value = Load<T>(x + i), factor = Load<T>(scale + t);
    const T d = Passed<T>(value * factor + Load<T>(bias + t), Load<T>(gradient + i), low, high);
    Store(factor * d + Load<T>(slope + t) * value + Load<T>(offset + t), dx + i);
  }
};

}  // namespace

void Moments(ChannelTile part, const float* x, const float* shift, float* sums, float* squares) {
  ForEachElement(part, MomentsBody{x, shift, sums, squares});
}

void ScaleClamp(ChannelTile part, const float* x, const float* scale, const float* bias, float low,
                float high, float* y) {
  ForEachElement(part, ScaleClampBody{x, scale, bias, low, high, y});
}

void GradientSums(ChannelTile part, const float* x, const float* gradient, const float* params,
                  float low, float high, float* sums, float* products) {
  ForEachElement(part, GradientSumsBody{x, gradient, params, params + part.tile,
                                        params + 2 * part.tile, low, high, sums, products});
}

void GradientApply(ChannelTile part, const float* x, const float* gradient, const float* params,
                   float low, float high, float* dx) {
  ForEachElement(part,
                 GradientApplyBody{x, gradient, params, params + part.tile, params + 2 * part.tile,
                                   params + 3 * part.tile, low, high, dx});
}

}  // namespace MCUNAS_SIMD_NAME
}  // namespace mcunas
