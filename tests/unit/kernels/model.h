// What the kernels must compute, written down plainly. Shares nothing with the kernels or the
// engine.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/mcu_kernels.h"

namespace mcunas::model {

// TFLite's two roundings as its documentation defines them.
int32_t MultiplyDouble(int32_t value, int32_t multiplier, int right_shift);
int32_t MultiplySingle(int32_t value, int32_t multiplier, int right_shift);

struct Map {
  int height = 1, width = 1, channels = 1;
  std::vector<int8_t> values;  // [height, width, channels]

  // `outside` where (y, x) is not in the map.
  int32_t At(int y, int x, int c, int32_t outside) const;
};

struct Channel {
  std::vector<int8_t> weights;  // conv: [kernel, kernel, in]; depthwise: [kernel, kernel]
  int32_t bias = 0;
  int32_t multiplier = 0;
  int right_shift = 0;
};

struct Operation {
  bool depthwise = false;
  bool single_rounding = false;
  int kernel = 1, stride = 1, padding = 0, dilation = 1;
  int input_zero_point = 0, zero_point = 0, low = -128, high = 127;
  std::vector<Channel> channels;  // of the output
};

int OutputSide(const Operation& op, int side);
Map Run(const Operation& op, const Map& input);

enum class Layout { kWindows, kFullyConnected, kDepthwise, kDepthwiseAny };
// The weights as struct mcu_weighted describes them.
std::vector<int8_t> KernelWeights(const Operation& op, Layout layout);

}  // namespace mcunas::model
