// What products are made of, whatever their rows are. Only for files compiled once per instruction
// set.
#pragma once

#include "supernet/cpu/lanes.h"

namespace mcunas {
namespace MCUNAS_SIMD_NAME {

constexpr int kPanel = 2 * kLanes;  // columns
constexpr int kRowBlock = 48;       // rows that are read once and multiplied while they are in L2
static_assert(kRowBlock % kTileRows == 0);

inline int64_t RoundUp(int64_t value, int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

// Factors of one tile: values[row * this->row + k * step].
struct Factors {
  const float* values;
  int64_t row, step;
};

// sums[v][r] += sum over k < depth of factors(r, k) * panel[k][v], rows of the panel `pitch` apart.
template <int Vectors>
inline void MultiplyTile(const Factors& factors, const float* panel, int64_t depth,
                         Vector (&sums)[Vectors][kTileRows], int64_t pitch = Vectors * kLanes) {
  const float* value = factors.values;
  for (int64_t k = 0; k < depth; ++k, value += factors.step, panel += pitch) {
    Vector columns[Vectors];
    for (int v = 0; v < Vectors; ++v) columns[v] = Load(panel + v * kLanes);
#pragma GCC unroll 12
    for (int r = 0; r < kTileRows; ++r) {
      for (int v = 0; v < Vectors; ++v) sums[v][r] += value[r * factors.row] * columns[v];
    }
  }
}

// body.Run<Vectors>(first column, panel) for the panels of a [depth][columns] matrix.
template <typename Body>
void ForEachPanel(int columns, int64_t depth, const Body& body) {
  for (int n = 0; n < columns; n += kPanel) {
    if (columns - n > kLanes) {
      body.template Run<2>(n, n * depth);
    } else {
      body.template Run<1>(n, n * depth);
    }
  }
}

// Where a packed block holds channel c of row r; c is a multiple of kLanes.
struct RowPlaces {  // row after row
  float* to;
  int64_t pitch;
  float* at(int r, int c) const { return to + r * pitch + c; }
};
struct PanelPlaces {  // panel after panel, as MultiplyTile wants columns
  float* to;
  int rows;
  int64_t columns;
  float* at(int r, int c) const {
    const int first = c / kPanel * kPanel;
    const int width = columns - first > kLanes ? kPanel : kLanes;
    return to + first * rows + r * width + c - first;
  }
};

template <typename Places>
inline __attribute__((always_inline)) void PackActivated(const LazyMap& map, int channels,
                                                         int count, const Places& places) {
  const float* x = map.x;
  for (int r = 0; r < count; ++r, x += channels) {
    for (int c = 0; c < channels; c += kLanes) {
      const Vector value = LoadSome(x + c, LanesFrom(c, channels));
      Store(MapLanes(map, c).Activate(value), places.at(r, c));
    }
  }
}

// Rows of normalised and activated channels.
template <typename Places>
void PackRows(LazyMap map, int channels, int count, const Places& places) {
  if (map.hard_swish) return PackActivated(map, channels, count, places);
  map.hard_swish = false;  // what this loop then does not ask again
  PackActivated(map, channels, count, places);
}

// Rows of gradients on their way back.
inline void PackGradient(const LazyGradient& gradient, int channels, int count,
                         const RowPlaces& places) {
  const float *x = gradient.map.x, *d = gradient.gradient;
  for (int r = 0; r < count; ++r, x += channels, d += channels) {
    for (int c = 0; c < channels; c += kLanes) {
      const int lanes = LanesFrom(c, channels);
      const GradientLanes back(gradient, c);
      Store(back.Apply(LoadSome(x + c, lanes), LoadSome(d + c, lanes)), places.at(r, c));
    }
  }
}

inline void Clear(float* to, int64_t count) {
  for (int64_t i = 0; i < count; ++i) to[i] = 0;
}

inline LazyMap From(LazyMap map, int64_t element) {
  map.x += element;
  return map;
}

inline LazyGradient From(LazyGradient gradient, int64_t element) {
  gradient.gradient += element;
  gradient.map.x += element;
  return gradient;
}

// Rows that fill the last tile, or the whole block.
inline void ClearRows(float* rows, int count, int64_t pitch) {
  Clear(rows + count * pitch, (RoundUp(count, kTileRows) - count) * pitch);
}

// One block of rows of the way forward.
struct ForwardBlock {
  const ProductForward& call;
  const float* rows;
  int64_t first;
  int count;

  template <int Vectors>
  void Run(int n, int64_t panel) const {
    const int64_t pitch = RoundUp(call.shape.inputs, kLanes);
    for (int r = 0; r < count; r += kTileRows) {
      Vector sums[Vectors][kTileRows] = {};
      MultiplyTile<Vectors>({rows + r * pitch, pitch, 1}, call.panels + panel, call.shape.inputs,
                            sums);
      Put<Vectors>(n, r, sums);
    }
  }

  template <int Vectors>
  void Put(int n, int r, const Vector (&sums)[Vectors][kTileRows]) const {
    const int outputs = call.shape.outputs, some = count - r;
    float* out = call.out + (first + r) * outputs + n;
#pragma GCC unroll 2
    for (int v = 0; v < Vectors; ++v) {
      const int channel = n + v * kLanes, lanes = LanesFrom(channel, outputs);
      if (first + r == 0 && call.moments.first) Store(sums[v][0], call.moments.shift + channel);
#pragma GCC unroll 12
      for (int i = 0; i < kTileRows; ++i) {
        if (i < some) StoreSome(sums[v][i], lanes, out + i * outputs + v * kLanes);
      }
      MomentLanes moments(call.moments, channel);
      moments.Add(sums[v], some);
      moments.Save(call.moments, channel);
    }
  }
};

// dweight += gradient rows ^T * input rows, of one block.
struct WeightGradientBlock {
  const ProductBackward& call;
  const float* gradient;
  const float* rows;
  int64_t rows_pitch;  // 0: rows lie panel after panel
  int count;

  template <int Vectors>
  void Run(int n, int64_t panel) const {
    const float* from = rows + (rows_pitch == 0 ? panel : n);
    const int64_t step = rows_pitch == 0 ? Vectors * kLanes : rows_pitch;
    const int64_t pitch = RoundUp(call.shape.outputs, kLanes);
    const int64_t columns = RoundUp(call.shape.inputs, kLanes);
    for (int o = 0; o < call.shape.outputs; o += kTileRows) {
      Vector sums[Vectors][kTileRows];
      float* target = call.dweight + o * columns + n;
#pragma GCC unroll 12
      for (int i = 0; i < kTileRows; ++i) {
        for (int v = 0; v < Vectors; ++v) sums[v][i] = Load(target + i * columns + v * kLanes);
      }
      MultiplyTile<Vectors>({gradient + o, 1, pitch}, from, count, sums, step);
#pragma GCC unroll 12
      for (int i = 0; i < kTileRows; ++i) {
        for (int v = 0; v < Vectors; ++v) Store(sums[v][i], target + i * columns + v * kLanes);
      }
    }
  }
};

// din = gradient rows * weights + addend, of one block.
struct InputGradientBlock {
  const ProductBackward& call;
  const float* gradient;
  int64_t first;
  int count;

  template <int Vectors>
  void Run(int n, int64_t panel) const {
    const int64_t pitch = RoundUp(call.shape.outputs, kLanes);
    for (int r = 0; r < count; r += kTileRows) {
      Vector sums[Vectors][kTileRows] = {};
      MultiplyTile<Vectors>({gradient + r * pitch, pitch, 1}, call.panels + panel,
                            call.shape.outputs, sums);
      Put<Vectors>(n, r, sums);
    }
  }

  template <int Vectors>
  void Put(int n, int r, Vector (&sums)[Vectors][kTileRows]) const {
    const int inputs = call.shape.inputs, some = count - r;
    const int64_t at = (first + r) * inputs + n;
#pragma GCC unroll 2
    for (int v = 0; v < Vectors; ++v) {
      const int channel = n + v * kLanes, lanes = LanesFrom(channel, inputs);
#pragma GCC unroll 12
      for (int i = 0; i < kTileRows; ++i) {
        if (i >= some) break;
        const int64_t element = at + i * inputs + v * kLanes;
        if (call.addend != nullptr) sums[v][i] += LoadSome(call.addend + element, lanes);
        StoreSome(sums[v][i], lanes, call.din + element);
      }
      if (call.sums.sums == nullptr) continue;
      const MapLanes map(call.in, channel);
      const Vector mean = Load(call.sums.mean + channel);
      GradientSumLanes group;
#pragma GCC unroll 12
      for (int i = 0; i < kTileRows; ++i) {
        if (i >= some) break;
        const Vector x = LoadSome(call.in.x + at + i * inputs + v * kLanes, lanes);
        group.Add(x, map.Pass(x, sums[v][i]), mean);
      }
      GradientSumLanes totals(call.sums, channel);
      totals.Add(group);
      totals.Save(call.sums, channel);
    }
  }
};

// Of the block that begins at `first`, when rows end at `end`.
inline int RowsOfBlock(int64_t first, int64_t end) {
  return static_cast<int>(end - first < kRowBlock ? end - first : kRowBlock);
}

// Of one block: gradient rows, whose last tile of columns is read a little beyond, and input rows.
inline int64_t BlockScratch(const ProductShape& s) {
  return kRowBlock * (RoundUp(s.outputs, kLanes) + RoundUp(s.inputs, kLanes));
}

}  // namespace MCUNAS_SIMD_NAME
}  // namespace mcunas
