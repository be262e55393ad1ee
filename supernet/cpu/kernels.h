// CPU kernels of training where ATen is slow. A map of an expanded layer fills tens of megabytes,
// and memory, not arithmetic, bounds a step that passes over it once for each operator. So batch
// norm is no pass of its own here: a layer leaves its sums and their moments, the next one
// normalises and activates what it reads; on the way back a layer leaves the gradient of what it
// read together with the sums that batch norm's gradient needs, and the one before applies them.
//
// Loops over channels-last data, compiled once per instruction set and chosen at run time.
// Each call works on one part of the data; the caller spreads parts over threads and adds up
// partial sums in a fixed order, so results do not depend on the number of threads. Scratch and the
// gradients of weights are aligned to 64 bytes; arrays per channel hold PaddedChannels() floats.
#pragma once

#include <cstdint>

namespace mcunas {

constexpr int kMaxLanes = 16;
constexpr int PaddedChannels(int channels) {
  return (channels + kMaxLanes - 1) / kMaxLanes * kMaxLanes;
}

// y = clamp(v, low, high) where v = x * scale + bias, or v * clamp(v + 3, 0, 6) / 6 where
// hard_swish: a map and the batch norm and activation that its readers apply.
struct LazyMap {
  const float* x = nullptr;
  const float* scale = nullptr;
  const float* bias = nullptr;
  float low = 0, high = 0;
  bool hard_swish = false;
};

// dx = scale * d + slope * x + offset where d = gradient of y where low < v < high, else 0, or times
// hard swish's slope: the gradient on its way back through a LazyMap.
struct LazyGradient {
  const float* gradient = nullptr;
  const float* slope = nullptr;
  const float* offset = nullptr;
  LazyMap map;
};

// sums += x - shift, squares += (x - shift)^2 over what a call writes; its first pixel sets shift
// where `first`.
struct MomentSums {
  float* shift = nullptr;
  float* sums = nullptr;
  float* squares = nullptr;
  bool first = false;
};

// sums += d, products += d * (x - mean), d as in LazyGradient, over what a call writes. Nothing
// where sums is null.
struct GradientSums {
  const float* mean = nullptr;
  float* sums = nullptr;
  float* products = nullptr;
};

// kernel is 3, 5 or 7, stride 1 or 2, padding < kernel.
struct DepthwiseShape {
  int height = 0, width = 0;  // of the input
  int out_height = 0, out_width = 0;
  int channels = 0;
  int kernel = 3, stride = 1, padding = 1;
};

// One image, `lanes` channels from `channel` on (fewer at the end). weight is [k*k][channels].
struct DepthwiseForward {
  DepthwiseShape shape;
  int channel = 0;
  LazyMap in;
  const float* weight = nullptr;
  float* out = nullptr;
  MomentSums moments;
  float* scratch = nullptr;
};

// Adds to dweight [k*k][lanes]. din, the gradient of what LazyMap `in` says, is written: the one
// that comes through the layer plus addend's where there is one, which may be the same memory.
struct DepthwiseBackward {
  DepthwiseShape shape;
  int channel = 0;
  LazyMap in;
  LazyGradient dout;
  const float* weight = nullptr;
  float* dweight = nullptr;
  float* din = nullptr;
  const float* addend = nullptr;
  GradientSums sums;
  float* scratch = nullptr;
};

// The rows of a product: pixels of a map, or the windows of a convolution around them.
struct ProductShape {
  int64_t rows = 0;
  int inputs = 0;  // of one row: channels, or kernel * kernel * channels
  int outputs = 0;
  // A convolution's. Rows begin at an image and are whole images.
  int height = 0, width = 0, out_height = 0, out_width = 0;
  int kernel = 1, stride = 1, padding = 0;
  // Rows are the pixels themselves, whatever the sizes say.
  bool pointwise() const { return kernel == 1 && stride == 1; }
};

// out [rows][outputs] = in * weights, which lie as PackPanels leaves them. The map of a
// convolution, not of a pointwise one, may have no scale: it is then read as it is, bounds and all.
struct ProductForward {
  ProductShape shape;
  LazyMap in;
  const float* panels = nullptr;
  float* out = nullptr;
  MomentSums moments;
  float* scratch = nullptr;
};

// Adds to dweight: outputs rounded up to tile_rows, of inputs rounded up to lanes. din as above,
// only where it is not null; sums want a map with a scale.
struct ProductBackward {
  ProductShape shape;
  LazyMap in;
  LazyGradient dout;
  const float* panels = nullptr;  // of the transposed weights
  float* dweight = nullptr;
  float* din = nullptr;
  const float* addend = nullptr;
  GradientSums sums;
  float* scratch = nullptr;
};

// Elements of whole maps, `rows` of them.
struct MapRows {
  int64_t rows = 0;
  int channels = 0;
};

// One image times a gate per channel, y = map * gate, on the way back: din = gradient * gate,
// dgate = sum of gradient * map.
struct GateBackward {
  MapRows size;
  LazyMap map;
  const float* gradient = nullptr;
  const float* gate = nullptr;
  float* din = nullptr;
  float* dgate = nullptr;
};

struct CpuKernels {
  const char* name;
  int lanes;      // channels handled together: the floats of one register
  int tile_rows;  // dweight of a product has a multiple of these rows

  // Floats of scratch; it may hold any finite values.
  int64_t (*depthwise_scratch)(const DepthwiseShape& shape);
  void (*depthwise_forward)(const DepthwiseForward& call);
  void (*depthwise_backward)(const DepthwiseBackward& call);

  int64_t (*product_scratch)(const ProductShape& shape);
  void (*product_forward)(const ProductForward& call);
  void (*product_backward)(const ProductBackward& call);

  // y = clamp(...) of the map, plus addend's where it has one.
  void (*materialise)(MapRows size, const LazyMap& map, const LazyMap& addend, float* y);
  void (*gradient_sums)(MapRows size, const LazyMap& map, const float* gradient,
                        const GradientSums& sums);
  // Of one image: y = map * gate; and its gradients.
  void (*gate_map)(MapRows size, const LazyMap& map, const float* gate, float* y);
  void (*gate_gradient)(const GateBackward& call);
};

// The matrix [depth][outputs] that lies at `from` with these steps, as products read it: panels of
// 2 * lanes columns, the last one of 1 or 2 * lanes, columns that are not there 0.
struct Matrix {
  const float* from = nullptr;
  int depth = 0, outputs = 0;
  int64_t row = 0, column = 0;  // floats from one to the next
};
void PackPanels(const Matrix& matrix, int lanes, float* panels);

// The set of this name: generic, avx2 or avx512. Null where this processor does not run it.
const CpuKernels* FindKernels(const char* name);

// The best set that this processor runs, or the one that MCUNAS_CPU_KERNELS=generic|avx2|avx512 in
// the environment names, where it runs.
const CpuKernels& Kernels();

}  // namespace mcunas
