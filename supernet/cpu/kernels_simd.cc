// Compiled once per instruction set, as MCUNAS_SIMD_NAME. No standard library templates here: their
// out-of-line copies could be shared with files that run on older processors.
#include <string.h>

#include "supernet/cpu/kernels.h"

namespace mcunas {
namespace MCUNAS_SIMD_NAME {
namespace {

using Vector = float __attribute__((vector_size(4 * kLanes), aligned(4)));

// One value or kLanes of them, wherever they lie.
template <typename T>
T Load(const float* from) {
  T value;
  memcpy(&value, from, sizeof value);
  return value;
}

template <typename T>
void Store(const T& value, float* to) {
  memcpy(to, &value, sizeof value);
}

template <typename T>
void Accumulate(const T& value, float* to) {
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
    const T floor = T{} + low, ceiling = T{} + high;
    T value = Load<T>(x + i) * Load<T>(scale + t) + Load<T>(bias + t);
    value = value < floor ? floor : value;
    Store<T>(value > ceiling ? ceiling : value, y + i);
  }
};

// What the activation lets through of the gradient.
template <typename T>
T Passed(const T& value, const T& gradient, float low, float high) {
  const T floor = T{} + low, ceiling = T{} + high, zero = T{};
  const T above = value > floor ? gradient : zero;
  return value < ceiling ? above : zero;
}

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
    Store<T>(factor * d + Load<T>(slope + t) * value + Load<T>(offset + t), dx + i);
  }
};

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

// A map of kLanes channels with zeros around it.
struct PaddedMap {
  Vector* pixels;
  int width;  // padding included
  Vector* at(int y, int x) const { return pixels + y * width + x; }
};

// Copies `lanes` channels of a [height,width,channels] map inside a border of `padding` zeros.
PaddedMap Pack(const float* map, int height, int width, int channels, int lanes, int padding,
               Vector* storage) {
  const PaddedMap padded = {storage, width + 2 * padding};
  memset(storage, 0, sizeof(Vector) * (height + 2 * padding) * padded.width);
  for (int y = 0; y < height; ++y) {
    Vector* row = padded.at(y + padding, padding);
    const float* source = map + static_cast<int64_t>(y) * width * channels;
    for (int x = 0; x < width; ++x, source += channels) {
      if (lanes == kLanes) {
        memcpy(&row[x], source, sizeof(Vector));
      } else {
        memcpy(&row[x], source, sizeof(float) * lanes);
      }
    }
  }
  return padded;
}

void StorePixel(const Vector& value, int lanes, float* target) {
  if (lanes == kLanes) {
    memcpy(target, &value, sizeof value);
  } else {
    memcpy(target, &value, sizeof(float) * lanes);
  }
}

// dweight[ky][kx] += sum of gradient * input; the k * k (or k for k = 7) sums stay in registers.
template <int K>
void WeightGradient(const DepthwiseShape& s, const PaddedMap& in, const PaddedMap& gradient,
                    Vector* dweight) {
  constexpr int kRows = K <= 5 ? K : 1;
  for (int ky = 0; ky < K; ky += kRows) {
    Vector sums[kRows * K];
    for (int i = 0; i < kRows * K; ++i) sums[i] = dweight[ky * K + i];
    for (int y = 0; y < s.out_height; ++y) {
      const Vector* d = gradient.at(y, 0);
      for (int x = 0; x < s.out_width; ++x) {
        const Vector* window = in.at(y * s.stride + ky, x * s.stride);
        const Vector dv = d[x];
#pragma GCC unroll 5
        for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 7
          for (int kx = 0; kx < K; ++kx) sums[r * K + kx] += dv * window[r * in.width + kx];
        }
      }
    }
    for (int i = 0; i < kRows * K; ++i) dweight[ky * K + i] = sums[i];
  }
}

// Stride 1: correlation of the padded gradient with the flipped kernel, four pixels at a time.
template <int K>
void InputGradientDense(const DepthwiseShape& s, const PaddedMap& gradient, const Vector* weight,
                        int lanes, float* dx) {
  constexpr int kPixels = 4;
  for (int y = 0; y < s.height; ++y) {
    for (int x = 0; x < s.width; x += kPixels) {
      const int n = s.width - x < kPixels ? s.width - x : kPixels;
      Vector sums[kPixels] = {};
      for (int ky = 0; ky < K; ++ky) {
        const Vector* row = gradient.at(y + ky, x);
#pragma GCC unroll 7
        for (int kx = 0; kx < K; ++kx) {
          const Vector w = weight[(K - 1 - ky) * K + K - 1 - kx];
          // Reads past the row end stay inside the scratch and are never stored.
#pragma GCC unroll 4
          for (int i = 0; i < kPixels; ++i) sums[i] += w * row[kx + i];
        }
      }
      float* target = dx + (static_cast<int64_t>(y) * s.width + x) * s.channels;
      for (int i = 0; i < n; ++i) StorePixel(sums[i], lanes, target + i * s.channels);
    }
  }
}

// Any stride: every gradient pixel is spread over the window it came from.
template <int K>
void InputGradientSpread(const DepthwiseShape& s, const PaddedMap& gradient, const Vector* weight,
                         const PaddedMap& spread) {
  for (int y = 0; y < s.out_height; ++y) {
    for (int x = 0; x < s.out_width; ++x) {
      const Vector d = *gradient.at(y, x);
      for (int ky = 0; ky < K; ++ky) {
        Vector* row = spread.at(y * s.stride + ky, x * s.stride);
#pragma GCC unroll 7
        for (int kx = 0; kx < K; ++kx) row[kx] += d * weight[ky * K + kx];
      }
    }
  }
}

template <int K>
void DepthwiseBackwardK(const DepthwiseShape& s, int channel, const float* x, const float* gradient,
                        const float* weight, float* dweight, float* dx, float* scratch) {
  const int lanes = s.channels - channel < kLanes ? s.channels - channel : kLanes;
  Vector taps[K * K];
  memset(taps, 0, sizeof taps);
  for (int i = 0; i < K * K; ++i) {
    memcpy(&taps[i], weight + i * s.channels + channel, sizeof(float) * lanes);
  }
  auto* storage = reinterpret_cast<Vector*>(scratch);
  const PaddedMap in = Pack(x + channel, s.height, s.width, s.channels, lanes, s.padding, storage);
  storage += (s.height + 2 * s.padding) * (s.width + 2 * s.padding);
  const PaddedMap plain =
      Pack(gradient + channel, s.out_height, s.out_width, s.channels, lanes, 0, storage);
  storage += s.out_height * s.out_width;
  WeightGradient<K>(s, in, plain, reinterpret_cast<Vector*>(dweight));
  if (s.stride == 1) {
    const PaddedMap padded = Pack(gradient + channel, s.out_height, s.out_width, s.channels, lanes,
                                  K - 1 - s.padding, storage);
    InputGradientDense<K>(s, padded, taps, lanes, dx + channel);
    return;
  }
  const PaddedMap spread = {storage, s.width + 2 * s.padding};
  memset(storage, 0, sizeof(Vector) * (s.height + 2 * s.padding) * spread.width);
  InputGradientSpread<K>(s, plain, taps, spread);
  for (int y = 0; y < s.height; ++y) {
    for (int column = 0; column < s.width; ++column) {
      StorePixel(*spread.at(y + s.padding, column + s.padding), lanes,
                 dx + (static_cast<int64_t>(y) * s.width + column) * s.channels + channel);
    }
  }
}

void DepthwiseBackward(const DepthwiseShape& s, int channel, const float* x, const float* gradient,
                       const float* weight, float* dweight, float* dx, float* scratch) {
  switch (s.kernel) {
    case 3:
      return DepthwiseBackwardK<3>(s, channel, x, gradient, weight, dweight, dx, scratch);
    case 5:
      return DepthwiseBackwardK<5>(s, channel, x, gradient, weight, dweight, dx, scratch);
    default:
      return DepthwiseBackwardK<7>(s, channel, x, gradient, weight, dweight, dx, scratch);
  }
}

}  // namespace

extern const CpuKernels kKernels;
const CpuKernels kKernels = {MCUNAS_SIMD_TEXT, Moments,       ScaleClamp,
                             GradientSums,     GradientApply, DepthwiseBackward};

}  // namespace MCUNAS_SIMD_NAME
}  // namespace mcunas
