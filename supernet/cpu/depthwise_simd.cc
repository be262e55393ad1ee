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

// read(y, x) of every pixel of a map inside its border.
template <typename Read>
PaddedMap Pack(const MapSize& size, Vector* storage, const Read& read) {
  const PaddedMap padded = {storage, size.pitch()};
  Clear(storage, int64_t{size.border} * padded.pitch);
  for (int y = 0; y < size.height; ++y) {
    Vector* row = padded.at(y + size.border, 0);
    Clear(row, size.border);
    row += size.border;
    for (int x = 0; x < size.width; ++x) row[x] = read(int64_t{y} * size.width + x);
    Clear(row + size.width, padded.pitch - size.border - size.width);
  }
  Vector* end = padded.at(size.height + size.border, 0);
  Clear(end, storage + size.pixels() - end);
  return padded;
}

PaddedMap PackInput(const DepthwiseShape& s, int channel, const LazyMap& in, Vector* storage) {
  const MapLanes map(in, channel);
  const int lanes = LanesFrom(channel, s.channels);
  return Pack(InputSize(s), storage, [&](int64_t pixel) {
    const float* x = in.x + pixel * s.channels + channel;
    Prefetch(x + kLine);  // of the channels that come next
    return map.Activate(LoadSome(x, lanes));
  });
}

PaddedMap PackGradient(const DepthwiseShape& s, int channel, const LazyGradient& dout,
                       Vector* storage) {
  const GradientLanes gradient(dout, channel);
  const int lanes = LanesFrom(channel, s.channels);
  return Pack(GradientSize(s), storage, [&](int64_t pixel) {
    const int64_t at = pixel * s.channels + channel;
    Prefetch(dout.map.x + at + kLine);
    Prefetch(dout.gradient + at + kLine);
    return gradient.Apply(LoadSome(dout.map.x + at, lanes), LoadSome(dout.gradient + at, lanes));
  });
}

// `count` <= Pixels neighbours of one row. Every input is loaded once per row of the window.
template <int Height, int Width, int Stride, int Pixels, typename Put>
void CorrelatePixels(const PaddedMap& in, const Vector* taps, int y, int x, int count,
                     const Put& put) {
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
  put(y, x, count, sums);
}

// put(y, x, n, sums) for n neighbours each: sum over the window of
// taps * in(y * Stride + ky, x * Stride + kx).
template <int Height, int Width, int Stride, typename Put>
void Correlate(const PaddedMap& in, const Vector* taps, int height, int width, const Put& put) {
  for (int y = 0; y < height; ++y) {
    int x = 0;
    for (; x + 8 <= width; x += 8) {
      CorrelatePixels<Height, Width, Stride, 8>(in, taps, y, x, 8, put);
    }
    for (; x < width; x += kGroup) {
      const int count = width - x < kGroup ? width - x : kGroup;
      CorrelatePixels<Height, Width, Stride, kGroup>(in, taps, y, x, count, put);
    }
  }
}

// sums[row][kx] += gradients d of kGroup neighbours times what their windows hold, which begin at
// `window`.
template <int K, int Rows, int Stride>
void AddWindows(const Vector (&d)[kGroup], const Vector* window, int pitch,
                Vector (&sums)[Rows * K]) {
#pragma GCC unroll 7
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 16
    for (int i = 0; i < (kGroup - 1) * Stride + K; ++i) {
      const Vector value = window[r * pitch + i];
#pragma GCC unroll 4
      for (int pixel = 0; pixel < kGroup; ++pixel) {
        const int kx = i - pixel * Stride;
        if (kx >= 0 && kx < K) sums[r * K + kx] += d[pixel] * value;
      }
    }
  }
}

// dweight of the rows [ky, ky + Rows) of the window: their sums stay in registers.
template <int K, int Rows, int Stride>
void WeightGradientRows(const DepthwiseShape& s, const PaddedMap& in, const PaddedMap& gradient,
                        int ky, Vector* dweight) {
  const int border = GradientSize(s).border;
  Vector sums[Rows * K];
  for (int i = 0; i < Rows * K; ++i) sums[i] = dweight[ky * K + i];
  for (int y = 0; y < s.out_height; ++y) {
    for (int x = 0; x < s.out_width; x += kGroup) {
      Vector d[kGroup];
      for (int i = 0; i < kGroup; ++i) d[i] = *gradient.at(y + border, x + border + i);
      AddWindows<K, Rows, Stride>(d, in.at(y * Stride + ky, x * Stride), in.pitch, sums);
    }
  }
  for (int i = 0; i < Rows * K; ++i) dweight[ky * K + i] = sums[i];
}

// dweight[ky][kx] += sum of gradient * input, as many rows at a time as registers hold.
template <int K, int Stride>
void WeightGradient(const DepthwiseShape& s, const PaddedMap& in, const PaddedMap& gradient,
                    Vector* dweight) {
  constexpr int kFree = kRegisters - kGroup - 1;
  constexpr int kRows = kFree / K < K ? kFree / K : K;
  int ky = 0;
  for (; ky + kRows <= K; ky += kRows) {
    WeightGradientRows<K, kRows, Stride>(s, in, gradient, ky, dweight);
  }
  if constexpr (K % kRows != 0) {
    WeightGradientRows<K, K % kRows, Stride>(s, in, gradient, ky, dweight);
  }
}

// Where the gradient of every Stride-th pixel from (row, column) on goes: to memory and to the
// sums.
struct InputGradientTarget {
  const DepthwiseBackward& call;
  int row, column;
  int lanes;
  MapLanes map;
  Vector mean;
  GradientSumLanes* sums;  // null where nobody wants them

  template <int Pixels>
  void operator()(int y, int x, int count, const Vector (&values)[Pixels]) const {
    const DepthwiseShape& s = call.shape;
    const int64_t pixel = int64_t{row + y * s.stride} * s.width + column + x * s.stride;
    const int64_t first = pixel * s.channels + call.channel, step = s.stride * s.channels;
    GradientSumLanes group = {};
#pragma GCC unroll 8
    for (int i = 0; i < Pixels; ++i) {
      if (i >= count) break;
      const int64_t at = first + i * step;
      Vector value = values[i];
      if (call.addend != nullptr) value += LoadSome(call.addend + at, lanes);
      StoreSome(value, lanes, call.din + at);
      if (sums == nullptr) continue;
      const Vector in = LoadSome(call.in.x + at, lanes);
      group.Add(in, map.Pass(in, value), mean);
    }
    if (sums != nullptr) sums->Add(group);
  }
};

// The pixels (row, column), (row + Stride, column), ... of din meet the same taps, every Stride-th
// of the window from (py, px) on: a correlation of the gradient with these, last first.
template <int K, int Stride, int PhaseY, int PhaseX>
void InputGradientPhase(const DepthwiseBackward& call, const PaddedMap& gradient,
                        const Vector* weight, GradientSumLanes* sums) {
  constexpr int kHeight = (K - PhaseY + Stride - 1) / Stride;
  constexpr int kWidth = (K - PhaseX + Stride - 1) / Stride;
  Vector taps[kHeight * kWidth];
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      taps[(kHeight - 1 - y) * kWidth + kWidth - 1 - x] =
          weight[(PhaseY + y * Stride) * K + PhaseX + x * Stride];
    }
  }
  const DepthwiseShape& s = call.shape;
  const int border = GradientSize(s).border;
  const int row = (PhaseY + K * Stride - s.padding) % Stride;
  const int column = (PhaseX + K * Stride - s.padding) % Stride;
  const int first_y = (row + s.padding - PhaseY) / Stride + border - (kHeight - 1);
  const int first_x = (column + s.padding - PhaseX) / Stride + border - (kWidth - 1);
  const Vector mean = sums == nullptr ? Vector{} : Load(call.sums.mean + call.channel);
  const InputGradientTarget target = {
      call, row, column, LanesFrom(call.channel, s.channels), MapLanes(call.in, call.channel),
      mean, sums};
  Correlate<kHeight, kWidth, 1>({gradient.at(first_y, first_x), gradient.pitch}, taps,
                                (s.height - row + Stride - 1) / Stride,
                                (s.width - column + Stride - 1) / Stride, target);
}

template <int K, int Stride>
void InputGradient(const DepthwiseBackward& call, const PaddedMap& gradient, const Vector* weight,
                   GradientSumLanes* sums) {
  InputGradientPhase<K, Stride, 0, 0>(call, gradient, weight, sums);
  if constexpr (Stride == 2) {
    InputGradientPhase<K, Stride, 0, 1>(call, gradient, weight, sums);
    InputGradientPhase<K, Stride, 1, 0>(call, gradient, weight, sums);
    InputGradientPhase<K, Stride, 1, 1>(call, gradient, weight, sums);
  }
}

template <int K>
void LoadTaps(const DepthwiseShape& s, int channel, const float* weight, Vector* taps) {
  const int lanes = LanesFrom(channel, s.channels);
  for (int i = 0; i < K * K; ++i) taps[i] = LoadSome(weight + i * s.channels + channel, lanes);
}

template <int K>
Vector FirstPixel(const PaddedMap& in, const Vector* taps) {
  Vector sum = {};
  for (int i = 0; i < K * K; ++i) sum += taps[i] * *in.at(i / K, i % K);
  return sum;
}

struct Forward {
  const DepthwiseForward& call;

  template <int K, int Stride>
  void Run() const {
    const DepthwiseShape& s = call.shape;
    Vector taps[K * K];
    LoadTaps<K>(s, call.channel, call.weight, taps);
    const PaddedMap in =
        PackInput(s, call.channel, call.in, reinterpret_cast<Vector*>(call.scratch));
    MomentLanes moments(call.moments, call.channel);
    if (call.moments.first) moments.shift = FirstPixel<K>(in, taps);
    const int lanes = LanesFrom(call.channel, s.channels);
    const auto put = [&]<int Pixels>(int y, int x, int count, const Vector(&values)[Pixels]) {
      const int64_t first = (int64_t{y} * s.out_width + x) * s.channels + call.channel;
#pragma GCC unroll 8
      for (int i = 0; i < Pixels; ++i) {
        if (i < count) StoreSome(values[i], lanes, call.out + first + i * s.channels);
      }
      moments.Add(values, count);
    };
    Correlate<K, K, Stride>(in, taps, s.out_height, s.out_width, put);
    moments.Save(call.moments, call.channel);
  }
};

struct Backward {
  const DepthwiseBackward& call;

  template <int K, int Stride>
  void Run() const {
    const DepthwiseShape& s = call.shape;
    Vector taps[K * K];
    LoadTaps<K>(s, call.channel, call.weight, taps);
    auto* storage = reinterpret_cast<Vector*>(call.scratch);
    const PaddedMap in = PackInput(s, call.channel, call.in, storage);
    const PaddedMap gradient =
        PackGradient(s, call.channel, call.dout, storage + InputSize(s).pixels());
    WeightGradient<K, Stride>(s, in, gradient, reinterpret_cast<Vector*>(call.dweight));
    if (call.sums.sums == nullptr) return InputGradient<K, Stride>(call, gradient, taps, nullptr);
    GradientSumLanes sums(call.sums, call.channel);
    InputGradient<K, Stride>(call, gradient, taps, &sums);
    sums.Save(call.sums, call.channel);
  }
};

// The caller has seen to it that kernel is 3, 5 or 7 and stride 1 or 2.
template <typename Call>
void ForShape(const Call& call) {
  const DepthwiseShape& s = call.call.shape;
  const bool dense = s.stride == 1;
  if (s.kernel == 3) return dense ? call.template Run<3, 1>() : call.template Run<3, 2>();
  if (s.kernel == 5) return dense ? call.template Run<5, 1>() : call.template Run<5, 2>();
  dense ? call.template Run<7, 1>() : call.template Run<7, 2>();
}

}  // namespace

int64_t DepthwiseScratch(const DepthwiseShape& s) {
  return kLanes * (InputSize(s).pixels() + GradientSize(s).pixels());
}

void CorrelateForward(const DepthwiseForward& call) { ForShape(Forward{call}); }
void CorrelateBackward(const DepthwiseBackward& call) { ForShape(Backward{call}); }

}  // namespace MCUNAS_SIMD_NAME
}  // namespace mcunas
