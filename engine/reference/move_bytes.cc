#include "engine/reference/move_bytes.h"

#include <algorithm>
#include <cmath>

#include "common/index.h"

namespace mcunas {
namespace {

using Bytes8 = std::span<const int8_t>;

// The bytes value(y, x, channel) of every output in order.
template <typename Value>
std::vector<int8_t> ForEachOutput(const Operator& op, Value value) {
  std::vector<int8_t> output;
  output.reserve(static_cast<size_t>(op.out.elements()));
  for (int y = 0; y < op.out.height; ++y) {
    for (int x = 0; x < op.out.width; ++x) {
      for (int c = 0; c < op.out.channels; ++c) output.push_back(value(y, x, c));
    }
  }
  return output;
}

// TFLite's reference RESIZE_NEAREST_NEIGHBOR, whose indices are computed in float.
int NearestOf(Sampling sampling, int in, int out, int index) {
  const float scale = sampling == Sampling::kCorners && out > 1
                          ? static_cast<float>(in - 1) / static_cast<float>(out - 1)
                          : static_cast<float>(in) / static_cast<float>(out);
  if (sampling == Sampling::kCorners)
    return std::min(static_cast<int>(std::round(static_cast<float>(index) * scale)), in - 1);
  const float centre = sampling == Sampling::kCentres ? 0.5f : 0.0f;
  const float place = (static_cast<float>(index) + centre) * scale;
  return std::clamp(static_cast<int>(std::floor(place)), 0, in - 1);
}

// TFLite's reference RESIZE_BILINEAR on integers: places in 1024ths of a pixel.
struct BilinearPlace {
  int64_t place, lower, upper;
};

BilinearPlace BilinearOf(Sampling sampling, int in, int out, int index) {
  int64_t scale = (1024 * int64_t{in} + out / 2) / out;
  if (sampling == Sampling::kCorners && out > 1)
    scale = (1024 * int64_t{in - 1} + (out - 1) / 2) / (out - 1);
  int64_t place = index * scale;
  if (sampling == Sampling::kCentres) place += scale / 2 - 512;
  return {place, std::max<int64_t>(place / 1024, 0),
          std::min<int64_t>((place + 1023) / 1024, in - 1)};
}

}  // namespace

std::vector<int8_t> RunResizeNearest(const Operator& op, Bytes8 input) {
  return ForEachOutput(op, [&](int y, int x, int channel) {
    const int row = NearestOf(op.sampling, op.in.height, op.out.height, y);
    const int column = NearestOf(op.sampling, op.in.width, op.out.width, x);
    return input[(size_t(row) * op.in.width + column) * op.in.channels + channel];
  });
}

std::vector<int8_t> RunResizeBilinear(const Operator& op, Bytes8 input) {
  return ForEachOutput(op, [&](int y, int x, int channel) {
    const BilinearPlace row = BilinearOf(op.sampling, op.in.height, op.out.height, y);
    const BilinearPlace column = BilinearOf(op.sampling, op.in.width, op.out.width, x);
    const auto value = [&](int64_t in_y, int64_t in_x) {
      return int64_t{input[Index((in_y * op.in.width + in_x) * op.in.channels + channel)]};
    };
    const int64_t down = row.place - 1024 * row.lower, right = column.place - 1024 * column.lower;
    const int64_t sum = value(row.lower, column.lower) * (1024 - down) * (1024 - right) +
                        value(row.upper, column.lower) * down * (1024 - right) +
                        value(row.lower, column.upper) * (1024 - down) * right +
                        value(row.upper, column.upper) * down * right;
    const int64_t half = sum > 0 ? 1 << 19 : -(1 << 19);
    return static_cast<int8_t>((sum + half) / (1 << 20));
  });
}

std::vector<int8_t> RunSlice(const Operator& op, Bytes8 input) {
  return ForEachOutput(op, [&](int y, int x, int channel) {
    const int row = op.corner.row + y * op.stride.height;
    const int column = op.corner.column + x * op.stride.width;
    return input[(size_t(row) * op.in.width + column) * op.in.channels + op.corner.channel +
                 channel];
  });
}

std::vector<int8_t> RunPad(const Operator& op, int zero_point, Bytes8 input) {
  return ForEachOutput(op, [&](int y, int x, int channel) {
    const int row = y - op.padding.top, column = x - op.padding.left;
    if (row < 0 || row >= op.in.height || column < 0 || column >= op.in.width)
      return static_cast<int8_t>(zero_point);
    return input[(size_t(row) * op.in.width + column) * op.in.channels + channel];
  });
}

std::vector<int8_t> RunConcatenation(const Operator& op, const std::vector<Bytes8>& inputs) {
  const size_t pixels = size_t(op.out.height) * op.out.width;
  std::vector<int8_t> output;
  output.reserve(static_cast<size_t>(op.out.elements()));
  for (size_t pixel = 0; pixel < pixels; ++pixel) {
    for (Bytes8 input : inputs) {
      const size_t channels = input.size() / pixels;
      const Bytes8 part = input.subspan(pixel * channels, channels);
      output.insert(output.end(), part.begin(), part.end());
    }
  }
  return output;
}

}  // namespace mcunas
