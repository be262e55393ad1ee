// Depthwise convolutions of kLanes channels at a time. Compiled once per instruction set.
#include "supernet/cpu/depthwise_simd.h"
#include "supernet/cpu/lanes.h"

namespace mcunas {
namespace MCUNAS_SIMD_NAME {
namespace {

constexpr int kGroup = 4;  // neighbouring pixels of a weight gradient

// A map of kLanes channels with zeros around it. Rows are `pitch` pixels apart.
struct PaddedMap {
  Vector* pixels;
  int pitch;
  Vector* at(int y, int x) const { return pixels + y * pitch + x; }
};

struct MapSize {
  int height, width, border;
  // Whole groups, so that the pixels of the last one are zeros, not the next row's.
  int pitch() const { return (width + kGroup - 1) / kGroup * kGroup + 2 * border; }
  // Behind the last row lies what the last windows read and do not use.
  int64_t pixels() const { return int64_t{height + 2 * border} * pitch() + 4 * kGroup; }
};

MapSize InputSize(const DepthwiseShape& s) { return {s.height, s.width, s.padding}; }
// Each pixel of the input meets at most so many gradients before its own and behind it.
MapSize GradientSize(const DepthwiseShape& s) {
  const int border = s.stride == 1 ? s.kernel - 1 - s.padding : (s.kernel + 1) / 2;
  return {s.out_height, s.out_width, border};
}

void Clear(Vector* pixels, int64_t count) {
  for (int64_t i = 0; i < count; ++i) pixels[i] = Vector{};
}

// Copies `lanes` channels of a [height,width,channels] map inside its border.
PaddedMap Pack(const float* map, const MapSize& size, int channels, int lanes, Vector* storage) {
  const PaddedMap padded = {storage, size.pitch()};
  Clear(storage, int64_t{size.border} * padded.pitch);
  for (int y = 0; y < size.height; ++y) {
    Vector* row = padded.at(y + size.border, 0);
    const float* source = map + int64_t{y} * size.width * channels;
    Clear(row, size.border);
    row += size.border;
    for (int x = 0; x < size.width; ++x) row[x] = LoadSome(source + x * channels, lanes);
    Clear(row + size.width, padded.pitch - size.border - size.width);
  }
  Vector* end = padded.at(size.height + size.border, 0);
  Clear(end, storage + size.pixels() - end);
  return padded;
}

// Where a correlation's pixels go: pixel (y, x) to row y * step, column x * step of a map.
struct Target {
  float* map;           // of its first pixel and channel
  int64_t row, column;  // floats from one pixel to the next
  int lanes;
  void Put(int y, int x, Vector value) const {
    StoreSome(value, lanes, map + y * row + x * column);
  }
};

// `count` <= Pixels neighbours of one row. Every input is loaded once per row of the window.
template <int Height, int Width, int Stride, int Pixels>
void CorrelatePixels(const PaddedMap& in, const Vector* taps, int y, int x, int count,
                     const Target& target) {
  Vector sums[Pixels] = {};
  for (int ky = 0; ky < Height; ++ky) {
    const Vector* row = in.at(y * Stride + ky, x * Stride);
#pragma GCC unroll 32
    for (int i = 0; i < (Pixels - 1) * Stride + Width; ++i) {
      const Vector value = row[i];
#pragma GCC unroll 7
      for (int kx = 0; kx < Width; ++kx) {
        const int pixel = (i - kx) / Stride;
        if (i < kx || (i - kx) % Stride != 0 || pixel >= Pixels) continue;
        sums[pixel] += taps[ky * Width + kx] * value;
      }
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < Pixels; ++i) {
    if (i < count) target.Put(y, x + i, sums[i]);
  }
}

// target(y, x) = sum over the window of taps * in(y * Stride + ky, x * Stride + kx).
template <int Height, int Width, int Stride>
void Correlate(const PaddedMap& in, const Vector* taps, int height, int width,
               const Target& target) {
  for (int y = 0; y < height; ++y) {
    int x = 0;
    for (; x + 8 <= width; x += 8) {
      CorrelatePixels<Height, Width, Stride, 8>(in, taps, y, x, 8, target);
    }
    for (; x < width; x += kGroup) {
      const int count = width - x < kGroup ? width - x : kGroup;
      CorrelatePixels<Height, Width, Stride, kGroup>(in, taps, y, x, count, target);
    }
  }
}

// dweight of the rows [ky, ky + Rows) of the window: their sums stay in registers.
template <int K, int Rows, int Stride>
void WeightGradientRows(const DepthwiseShape& s, const PaddedMap& in, const PaddedMap& gradient,
                        int border, int ky, Vector* dweight) {
  Vector sums[Rows * K];
  for (int i = 0; i < Rows * K; ++i) sums[i] = dweight[ky * K + i];
  for (int y = 0; y < s.out_height; ++y) {
    for (int x = 0; x < s.out_width; x += kGroup) {
      Vector d[kGroup];
      for (int i = 0; i < kGroup; ++i) d[i] = *gradient.at(y + border, x + border + i);
#pragma GCC unroll 7
      for (int r = 0; r < Rows; ++r) {
        const Vector* window = in.at(y * Stride + ky + r, x * Stride);
#pragma GCC unroll 16
        for (int i = 0; i < (kGroup - 1) * Stride + K; ++i) {
          const Vector value = window[i];
#pragma GCC unroll 4
          for (int pixel = 0; pixel < kGroup; ++pixel) {
            const int kx = i - pixel * Stride;
            if (kx >= 0 && kx < K) sums[r * K + kx] += d[pixel] * value;
          }
        }
      }
    }
  }
  for (int i = 0; i < Rows * K; ++i) dweight[ky * K + i] = sums[i];
}

// dweight[ky][kx] += sum of gradient * input, as many rows at a time as registers hold.
template <int K, int Stride>
void WeightGradient(const DepthwiseShape& s, const PaddedMap& in, const PaddedMap& gradient,
                    int border, Vector* dweight) {
  constexpr int kFree = kRegisters - kGroup - 1;
  constexpr int kRows = kFree / K < K ? kFree / K : K;
  int ky = 0;
  for (; ky + kRows <= K; ky += kRows) {
    WeightGradientRows<K, kRows, Stride>(s, in, gradient, border, ky, dweight);
  }
  if constexpr (K % kRows != 0) {
    WeightGradientRows<K, K % kRows, Stride>(s, in, gradient, border, ky, dweight);
  }
}

// The pixels (row, column), (row + Stride, column), ... of dx meet the same taps, every Stride-th of
// the window from (py, px) on: a correlation of the gradient with these, last first.
template <int K, int Stride, int PhaseY, int PhaseX>
void InputGradientPhase(const DepthwiseShape& s, const PaddedMap& gradient, const Vector* weight,
                        const Target& dx) {
  constexpr int kHeight = (K - PhaseY + Stride - 1) / Stride;
  constexpr int kWidth = (K - PhaseX + Stride - 1) / Stride;
  Vector taps[kHeight * kWidth];
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      taps[(kHeight - 1 - y) * kWidth + kWidth - 1 - x] =
          weight[(PhaseY + y * Stride) * K + PhaseX + x * Stride];
    }
  }
  const int border = GradientSize(s).border;
  const int row = (PhaseY + K * Stride - s.padding) % Stride;
  const int column = (PhaseX + K * Stride - s.padding) % Stride;
  const int first_y = (row + s.padding - PhaseY) / Stride + border - (kHeight - 1);
  const int first_x = (column + s.padding - PhaseX) / Stride + border - (kWidth - 1);
  const Target target = {dx.map + row * dx.row + column * dx.column, dx.row * Stride,
                         dx.column * Stride, dx.lanes};
  Correlate<kHeight, kWidth, 1>({gradient.at(first_y, first_x), gradient.pitch}, taps,
                                (s.height - row + Stride - 1) / Stride,
                                (s.width - column + Stride - 1) / Stride, target);
}

template <int K, int Stride>
void InputGradient(const DepthwiseShape& s, const PaddedMap& gradient, const Vector* weight,
                   const Target& dx) {
  InputGradientPhase<K, Stride, 0, 0>(s, gradient, weight, dx);
  if constexpr (Stride == 2) {
    InputGradientPhase<K, Stride, 0, 1>(s, gradient, weight, dx);
    InputGradientPhase<K, Stride, 1, 0>(s, gradient, weight, dx);
    InputGradientPhase<K, Stride, 1, 1>(s, gradient, weight, dx);
  }
}

template <int K>
void LoadTaps(const DepthwiseShape& s, int channel, int lanes, const float* weight, Vector* taps) {
  for (int i = 0; i < K * K; ++i) taps[i] = LoadSome(weight + i * s.channels + channel, lanes);
}

int LanesFrom(const DepthwiseShape& s, int channel) {
  return s.channels - channel < kLanes ? s.channels - channel : kLanes;
}

struct ForwardCall {
  const DepthwiseShape& s;
  int channel;
  const float *x, *weight;
  float *y, *scratch;

  template <int K, int Stride>
  void Run() const {
    const int lanes = LanesFrom(s, channel);
    Vector taps[K * K];
    LoadTaps<K>(s, channel, lanes, weight, taps);
    const PaddedMap in =
        Pack(x + channel, InputSize(s), s.channels, lanes, reinterpret_cast<Vector*>(scratch));
    const Target target = {y + channel, int64_t{s.out_width} * s.channels, s.channels, lanes};
    Correlate<K, K, Stride>(in, taps, s.out_height, s.out_width, target);
  }
};

struct BackwardCall {
  const DepthwiseShape& s;
  int channel;
  const float *x, *gradient, *weight;
  float *dweight, *dx, *scratch;

  template <int K, int Stride>
  void Run() const {
    const int lanes = LanesFrom(s, channel);
    Vector taps[K * K];
    LoadTaps<K>(s, channel, lanes, weight, taps);
    auto* storage = reinterpret_cast<Vector*>(scratch);
    const PaddedMap in = Pack(x + channel, InputSize(s), s.channels, lanes, storage);
    storage += InputSize(s).pixels();
    const PaddedMap padded = Pack(gradient + channel, GradientSize(s), s.channels, lanes, storage);
    WeightGradient<K, Stride>(s, in, padded, GradientSize(s).border,
                              reinterpret_cast<Vector*>(dweight));
    const Target target = {dx + channel, int64_t{s.width} * s.channels, s.channels, lanes};
    InputGradient<K, Stride>(s, padded, taps, target);
  }
};

// The caller has seen to it that kernel is 3, 5 or 7 and stride 1 or 2.
template <typename Call>
void ForShape(const Call& call) {
  const bool dense = call.s.stride == 1;
  if (call.s.kernel == 3) return dense ? call.template Run<3, 1>() : call.template Run<3, 2>();
  if (call.s.kernel == 5) return dense ? call.template Run<5, 1>() : call.template Run<5, 2>();
  dense ? call.template Run<7, 1>() : call.template Run<7, 2>();
}

}  // namespace

int64_t DepthwiseScratch(const DepthwiseShape& s) {
  return kLanes * (InputSize(s).pixels() + GradientSize(s).pixels());
}

void DepthwiseForward(const DepthwiseShape& s, int channel, const float* x, const float* weight,
                      float* y, float* scratch) {
  ForShape(ForwardCall{s, channel, x, weight, y, scratch});
}

void DepthwiseBackward(const DepthwiseShape& s, int channel, const float* x, const float* gradient,
                       const float* weight, float* dweight, float* dx, float* scratch) {
  ForShape(BackwardCall{s, channel, x, gradient, weight, dweight, dx, scratch});
}

}  // namespace MCUNAS_SIMD_NAME
}  // namespace mcunas
