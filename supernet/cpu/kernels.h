// CPU kernels for the operators where ATen is slow in training: batch norm with its activation in
// one pass, and NHWC depthwise convolutions, forward and backward.
//
// Plain loops over channels-last data, compiled once per instruction set and chosen at run time.
// Each call works on one part of the data; the caller spreads parts over threads and adds up
// partial sums in a fixed order, so results do not depend on the number of threads.
#pragma once

#include <cstdint>

namespace mcunas {

// Channels are handled in tiles: `tile` = a multiple of both channels and lanes. Per-channel
// parameters are repeated to fill a tile, so that every inner loop runs over whole vectors.
struct ChannelTile {
  int64_t tile = 0;      // floats
  int64_t elements = 0;  // floats of the part; starts at a tile boundary
};

// kernel is 3, 5 or 7, stride 1 or 2, padding < kernel.
struct DepthwiseShape {
  int height = 0, width = 0;  // of the input
  int out_height = 0, out_width = 0;
  int channels = 0;
  int kernel = 3, stride = 1, padding = 1;
};

struct CpuKernels {
  const char* name;
  int lanes;  // channels handled together: the floats of one register
  // sums[t] += x - shift[t], squares[t] += (x - shift[t])^2.
  void (*moments)(ChannelTile part, const float* x, const float* shift, float* sums,
                  float* squares);
  // y = clamp(x * scale[t] + bias[t], low, high).
  void (*scale_clamp)(ChannelTile part, const float* x, const float* scale, const float* bias,
                      float low, float high, float* y);
  // d = gradient where low < x * scale + bias < high, else 0; sums += d, products += d * (x -
  // mean). params: [scale, bias, mean] of one tile each.
  void (*gradient_sums)(ChannelTile part, const float* x, const float* gradient,
                        const float* params, float low, float high, float* sums, float* products);
  // dx = scale * d + slope * x + offset. params: [scale, bias, slope, offset] of one tile each.
  void (*gradient_apply)(ChannelTile part, const float* x, const float* gradient,
                         const float* params, float low, float high, float* dx);
  // Floats of scratch, aligned to 64 bytes, that the depthwise kernels want.
  int64_t (*depthwise_scratch)(const DepthwiseShape& shape);
  // One image, `lanes` channels from `channel` on (fewer at the end). weight is [k*k][channels].
  void (*depthwise_forward)(const DepthwiseShape& shape, int channel, const float* x,
                            const float* weight, float* y, float* scratch);
  // The same channels: adds to dweight [k*k][lanes], aligned to 64 bytes, and writes dx.
  void (*depthwise_backward)(const DepthwiseShape& shape, int channel, const float* x,
                             const float* gradient, const float* weight, float* dweight, float* dx,
                             float* scratch);
};

// The best set that this processor runs, or the one that MCUNAS_CPU_KERNELS=generic|avx2|avx512 in
// the environment names, where it runs.
const CpuKernels& Kernels();

}  // namespace mcunas
