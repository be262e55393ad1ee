#include "tests/unit/kernels/model.h"

#include <algorithm>
#include <cmath>

namespace mcunas::model {

int32_t MultiplyDouble(int32_t value, int32_t multiplier, int right_shift) {
  const int64_t shifted = right_shift < 0 ? int64_t{value} * (int64_t{1} << -right_shift) : value;
  const __int128 product = static_cast<__int128>(shifted) * multiplier;
  const __int128 nudge = product >= 0 ? (1 << 30) : 1 - (1 << 30);
  const auto high = static_cast<int64_t>((product + nudge) / (int64_t{1} << 31));
  if (right_shift <= 0) return static_cast<int32_t>(high);
  // Half away from zero.
  const int64_t step = int64_t{1} << right_shift;
  const int64_t magnitude = (std::abs(high) + step / 2) / step;
  return static_cast<int32_t>(high < 0 ? -magnitude : magnitude);
}

int32_t MultiplySingle(int32_t value, int32_t multiplier, int right_shift) {
  const __int128 product = static_cast<__int128>(value) * multiplier;
  const __int128 step = static_cast<__int128>(1) << (31 + right_shift);
  __int128 quotient = (product + step / 2) / step;
  if ((product + step / 2) % step < 0) --quotient;  // floor
  return static_cast<int32_t>(std::clamp<__int128>(quotient, INT32_MIN, INT32_MAX));
}

int32_t Map::At(int y, int x, int c, int32_t outside) const {
  if (y < 0 || y >= height || x < 0 || x >= width) return outside;
  return values[(size_t(y) * width + x) * channels + c];
}

int OutputSide(const Operation& op, int side) {
  return (side + 2 * op.padding - (op.kernel - 1) * op.dilation - 1) / op.stride + 1;
}

namespace {

int32_t Accumulate(const Operation& op, const Map& in, int y, int x, int out_channel) {
  const Channel& channel = op.channels[static_cast<size_t>(out_channel)];
  const int depth = op.depthwise ? 1 : in.channels;
  const int per_input = static_cast<int>(op.channels.size()) / in.channels;
  int32_t sum = channel.bias;
  size_t next = 0;
  for (int ky = 0; ky < op.kernel; ++ky) {
    for (int kx = 0; kx < op.kernel; ++kx) {
      for (int i = 0; i < depth; ++i) {
        const int c = op.depthwise ? out_channel / per_input : i;
        const int32_t value =
            in.At(y * op.stride - op.padding + ky * op.dilation,
                  x * op.stride - op.padding + kx * op.dilation, c, op.input_zero_point);
        sum += (value - op.input_zero_point) * channel.weights[next++];
      }
    }
  }
  return sum;
}

// One or two channels of a convolution.
void AppendPair(const std::vector<const Channel*>& pair, int rows, std::vector<int8_t>* out) {
  const int run = static_cast<int>(pair[0]->weights.size()) / rows;
  const auto put = [&](int row, int d) {
    for (const Channel* channel : pair) out->push_back(channel->weights[size_t(row * run + d)]);
  };
  for (int row = 0; row < rows; ++row) {
    for (int d = run - run % 4; d < run; ++d) put(row, d);
  }
  for (int row = 0; row < rows; ++row) {
    for (int d = 0; d + 4 <= run; d += 4) {
      for (const int i : {0, 2, 1, 3}) put(row, d + i);
    }
  }
}

std::vector<int8_t> FullyConnectedWeights(const Operation& op) {
  std::vector<int8_t> result;
  size_t c = 0;
  for (; c + 4 <= op.channels.size(); c += 4) {
    const size_t depth = op.channels[c].weights.size();
    for (size_t d = 0; d < depth; d += 4) {
      for (size_t i = c; i < c + 4; ++i) {
        for (size_t k = d; k < std::min(d + 4, depth); ++k)
          result.push_back(op.channels[i].weights[k]);
      }
    }
  }
  for (; c < op.channels.size(); ++c) {
    result.insert(result.end(), op.channels[c].weights.begin(), op.channels[c].weights.end());
  }
  return result;
}

// Columns of one row of a window; 9: a zero.
std::vector<int> DepthwiseColumns(int side, int stride) {
  if (side == 3) return stride == 1 ? std::vector{0, 1, 1, 2} : std::vector{0, 2, 1, 9};
  if (side == 5 && stride == 1) return {0, 2, 1, 3, 1, 3, 2, 4};
  if (side == 5) return {0, 2, 1, 3, 4, 9, 9, 9};
  if (stride == 1) return {0, 2, 1, 3, 4, 1, 5, 2, 3, 5, 4, 6};
  return {0, 2, 1, 3, 4, 6, 5, 9};
}

std::vector<int8_t> DepthwiseWeights(const Operation& op) {
  const int side = op.kernel <= 3 ? 3 : op.kernel <= 5 ? 5 : 7;
  std::vector<int8_t> result;
  for (const Channel& channel : op.channels) {
    for (int row = 0; row < side; ++row) {
      for (const int column : DepthwiseColumns(side, op.stride)) {
        const bool inside = row < op.kernel && column < op.kernel;
        result.push_back(inside ? channel.weights[size_t(row * op.kernel + column)] : int8_t{0});
      }
    }
  }
  return result;
}

}  // namespace

Map Run(const Operation& op, const Map& in) {
  Map out{OutputSide(op, in.height),
          OutputSide(op, in.width),
          static_cast<int>(op.channels.size()),
          {}};
  for (int y = 0; y < out.height; ++y) {
    for (int x = 0; x < out.width; ++x) {
      for (int c = 0; c < out.channels; ++c) {
        const Channel& channel = op.channels[static_cast<size_t>(c)];
        const int32_t sum = Accumulate(op, in, y, x, c);
        const int32_t scaled = op.single_rounding
                                   ? MultiplySingle(sum, channel.multiplier, channel.right_shift)
                                   : MultiplyDouble(sum, channel.multiplier, channel.right_shift);
        const int64_t value = int64_t{scaled} + op.zero_point;
        out.values.push_back(static_cast<int8_t>(std::clamp<int64_t>(value, op.low, op.high)));
      }
    }
  }
  return out;
}

std::vector<int8_t> KernelWeights(const Operation& op, Layout layout) {
  if (layout == Layout::kFullyConnected) return FullyConnectedWeights(op);
  if (layout == Layout::kDepthwise) return DepthwiseWeights(op);
  std::vector<int8_t> result;
  if (layout == Layout::kDepthwiseAny) {
    for (const Channel& c : op.channels)
      result.insert(result.end(), c.weights.begin(), c.weights.end());
    return result;
  }
  for (size_t c = 0; c + 1 < op.channels.size(); c += 2) {
    AppendPair({&op.channels[c], &op.channels[c + 1]}, op.kernel, &result);
  }
  if (op.channels.size() % 2 == 1) AppendPair({&op.channels.back()}, op.kernel, &result);
  return result;
}

}  // namespace mcunas::model
