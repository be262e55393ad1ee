// Products of the rows of a map with a layer's weights: pointwise convolutions, and others with
// their windows laid out as rows. Compiled once per instruction set.
#include "supernet/cpu/product_simd.h"

#include <string.h>

#include "supernet/cpu/lanes.h"

namespace mcunas {
namespace MCUNAS_SIMD_NAME {
namespace {

constexpr int kPanel = 2 * kLanes;  // columns
constexpr int kRowBlock = 48;       // rows that are read once and multiplied while they are in L2
static_assert(kRowBlock % kTileRows == 0);

int64_t RoundUp(int64_t value, int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

// Factors of one tile: values[row * this->row + k * step].
struct Factors {
  const float* values;
  int64_t row, step;
};

// sums[v][r] += sum over k < depth of factors(r, k) * panel[k][v].
template <int Vectors>
inline void MultiplyTile(const Factors& factors, const float* panel, int64_t depth,
                         Vector (&sums)[Vectors][kTileRows]) {
  const float* value = factors.values;
  for (int64_t k = 0; k < depth; ++k, value += factors.step, panel += Vectors * kLanes) {
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

// Rows of normalised and activated channels.
template <typename Places>
void PackRows(const LazyMap& map, int channels, int count, const Places& places) {
  const float* x = map.x;
  for (int r = 0; r < count; ++r, x += channels) {
    for (int c = 0; c < channels; c += kLanes) {
      const Vector value = LoadSome(x + c, LanesFrom(c, channels));
      Store(MapLanes(map, c).Activate(value), places.at(r, c));
    }
  }
}

// Rows of gradients on their way back.
void PackGradient(const LazyGradient& gradient, int channels, int count, const RowPlaces& places) {
  const float *x = gradient.map.x, *d = gradient.gradient;
  for (int r = 0; r < count; ++r, x += channels, d += channels) {
    for (int c = 0; c < channels; c += kLanes) {
      const int lanes = LanesFrom(c, channels);
      const GradientLanes back(gradient, c);
      Store(back.Apply(LoadSome(x + c, lanes), LoadSome(d + c, lanes)), places.at(r, c));
    }
  }
}

void Clear(float* to, int64_t count) {
  for (int64_t i = 0; i < count; ++i) to[i] = 0;
}

void Copy(const float* from, int count, float* to) {
  int i = 0;
  for (; i + 4 <= count; i += 4) memcpy(to + i, from + i, 4 * sizeof(float));
  for (; i < count; ++i) to[i] = from[i];
}

// The windows around `count` pixels from `first` on, as rows.
void PackWindows(const ProductShape& s, const float* map, int64_t first, int count, float* to,
                 int64_t pitch) {
  const int channels = s.inputs / (s.kernel * s.kernel);
  for (int r = 0; r < count; ++r) {
    const int64_t pixel = first + r, image = pixel / (s.out_height * s.out_width);
    const int place = static_cast<int>(pixel % (s.out_height * s.out_width));
    const int top = place / s.out_width * s.stride - s.padding;
    const int left = place % s.out_width * s.stride - s.padding;
    float* target = to + r * pitch;
    const int from = left < 0 ? 0 : left;
    const int end = left + s.kernel < s.width ? left + s.kernel : s.width;
    for (int y = top; y < top + s.kernel; ++y, target += s.kernel * channels) {
      const bool inside = y >= 0 && y < s.height;
      if (!inside || from != left || end != left + s.kernel) Clear(target, s.kernel * channels);
      if (!inside) continue;
      const float* row = map + (image * s.height + y) * s.width * channels;
      Copy(row + from * channels, (end - from) * channels, target + (from - left) * channels);
    }
  }
}

LazyMap From(LazyMap map, int64_t element) {
  map.x += element;
  return map;
}

LazyGradient From(LazyGradient gradient, int64_t element) {
  gradient.gradient += element;
  gradient.map.x += element;
  return gradient;
}

// Rows that fill the last tile, or the whole block.
void ClearRows(float* rows, int count, int64_t pitch) {
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

// From row after row to panel after panel.
void RowsToPanels(const RowPlaces& rows, const PanelPlaces& panels) {
  for (int r = 0; r < panels.rows; ++r) {
    for (int c = 0; c < panels.columns; c += kLanes) Store(Load(rows.at(r, c)), panels.at(r, c));
  }
}

// dweight += gradient rows ^T * input rows, of one block.
struct WeightGradientBlock {
  const ProductBackward& call;
  const float *gradient, *panels;
  int count;

  template <int Vectors>
  void Run(int n, int64_t panel) const {
    const int64_t pitch = RoundUp(call.shape.outputs, kLanes);
    const int64_t columns = RoundUp(call.shape.inputs, kLanes);
    for (int o = 0; o < call.shape.outputs; o += kTileRows) {
      Vector sums[Vectors][kTileRows];
      float* target = call.dweight + o * columns + n;
#pragma GCC unroll 12
      for (int i = 0; i < kTileRows; ++i) {
        for (int v = 0; v < Vectors; ++v) sums[v][i] = Load(target + i * columns + v * kLanes);
      }
      MultiplyTile<Vectors>({gradient + o, 1, pitch}, panels + panel, count, sums);
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

int RowsOfBlock(const ProductShape& s, int64_t first) {
  return static_cast<int>(s.rows - first < kRowBlock ? s.rows - first : kRowBlock);
}

}  // namespace

int64_t ProductScratch(const ProductShape& s) {
  // Gradient rows, whose last tile of columns is read a little beyond; input rows; these as panels.
  return kRowBlock * (RoundUp(s.outputs, kLanes) + 2 * RoundUp(s.inputs, kLanes));
}

void MultiplyForward(const ProductForward& call) {
  const ProductShape& s = call.shape;
  for (int64_t first = 0; first < s.rows; first += kRowBlock) {
    const int count = RowsOfBlock(s, first);
    const RowPlaces rows = {call.scratch, RoundUp(s.inputs, kLanes)};
    if (s.kernel == 1) {
      PackRows(From(call.in, first * s.inputs), s.inputs, count, rows);
    } else {
      PackWindows(s, call.in.x, first, count, rows.to, rows.pitch);
    }
    ClearRows(rows.to, count, rows.pitch);
    ForEachPanel(s.outputs, s.inputs, ForwardBlock{call, call.scratch, first, count});
  }
}

void MultiplyBackward(const ProductBackward& call) {
  const ProductShape& s = call.shape;
  const int64_t inputs = RoundUp(s.inputs, kLanes), outputs = RoundUp(s.outputs, kLanes);
  float* gradient = call.scratch;
  const RowPlaces rows = {gradient + kRowBlock * outputs, inputs};
  float* panels = rows.to + kRowBlock * inputs;
  for (int64_t first = 0; first < s.rows; first += kRowBlock) {
    const int count = RowsOfBlock(s, first);
    PackGradient(From(call.dout, first * s.outputs), s.outputs, count, {gradient, outputs});
    ClearRows(gradient, count, outputs);
    const PanelPlaces columns = {panels, count, inputs};
    if (s.kernel == 1) {
      PackRows(From(call.in, first * s.inputs), s.inputs, count, columns);
    } else {
      PackWindows(s, call.in.x, first, count, rows.to, rows.pitch);
      RowsToPanels(rows, columns);
    }
    ForEachPanel(s.inputs, count, WeightGradientBlock{call, gradient, panels, count});
    if (call.din == nullptr) continue;
    ForEachPanel(s.inputs, s.outputs, InputGradientBlock{call, gradient, first, count});
  }
}

}  // namespace MCUNAS_SIMD_NAME
}  // namespace mcunas
