// Kernels without weights in windows, and fully connected, against the plain model.
#include <gtest/gtest.h>

#include "tests/unit/kernels/segment_case.h"

namespace mcunas {
namespace {

TEST(FullyConnectedKernel, EqualsTheModel) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    RandomStream random(seed, "fully connected case");
    Case c = RandomCase(seed, false, 1);
    c.op.stride = 1;
    c.op.padding = 0;
    c.input = RandomMap(&random, 1, 1, Pick(&random, 1, 70));
    for (model::Channel& channel : c.op.channels)
      channel = RandomChannel(&random, c.input.channels);
    ExpectSegments(c, MCU_OP_FULLY_CONNECTED, mcu_fully_connected);
    if (HasFatalFailure()) return;
  }
}

using PairKernel = decltype(mcu_add);

// All 65536 pairs of bytes, in rings that end anywhere and in place.
template <typename Op, typename Model>
void ExpectPairs(PairKernel* kernel, const Op& op, Model model) {
  std::vector<int8_t> first(256), second(256), golden(256);
  for (int a = -128; a < 128; ++a) {
    for (int b = -128; b < 128; ++b) second[static_cast<size_t>(b + 128)] = static_cast<int8_t>(b);
    std::fill(first.begin(), first.end(), static_cast<int8_t>(a));
    for (size_t i = 0; i < 256; ++i) golden[i] = static_cast<int8_t>(model(first[i], second[i]));
    const mcu_map maps[2] = {{first.data(), 8, 32, 32, 1, 0}, {second.data(), 8, 32, 32, 1, 0}};
    const mcu_segment row = {0, 0, 32};
    ASSERT_EQ(RunSegment(kernel, &op, maps, row, 256, 0), golden);
    // Both rings end somewhere else.
    std::vector<int8_t> turned_first = first, turned_second = second;
    std::rotate(turned_first.begin(), turned_first.end() - 8 * 7, turned_first.end());
    std::rotate(turned_second.begin(), turned_second.end() - 8 * 20, turned_second.end());
    const mcu_map rings[2] = {{turned_first.data(), 8, 32, 39, 2, 0},
                              {turned_second.data(), 8, 32, 52, 2, 0}};
    const mcu_segment second_row = {1, 0, 32};
    ASSERT_EQ(RunSegment(kernel, &op, rings, second_row, 256, 0), golden);
    int8_t* in_place = a % 2 ? first.data() : second.data();
    kernel(&op, maps, &row, in_place, nullptr);
    ASSERT_EQ(std::vector<int8_t>(in_place, in_place + 256), golden);
  }
}

// A second map of one pixel, and of one byte.
template <typename Op, typename Model>
void ExpectRepeats(PairKernel* kernel, const Op& op, Model model) {
  RandomStream random(1, "repeats");
  std::vector<int8_t> first(8 * 6), second(8);
  for (std::vector<int8_t>* bytes : {&first, &second})
    for (int8_t& byte : *bytes) byte = static_cast<int8_t>(random.Between(-128, 127));
  for (const int channels : {8, 1}) {
    std::vector<int8_t> golden(first.size());
    for (size_t i = 0; i < first.size(); ++i)
      golden[i] = static_cast<int8_t>(model(first[i], second[i % static_cast<size_t>(channels)]));
    const mcu_map maps[2] = {{first.data(), 8, 6, 6, 3, 0}, {second.data(), channels, 1, 1, 1, 0}};
    const mcu_segment row = {0, 0, 6};
    EXPECT_EQ(RunSegment(kernel, &op, maps, row, 48, 0), golden) << channels;
  }
}

int32_t Plus(const mcu_addition& op, int32_t first, int32_t second) {
  const auto scaled = [](int32_t value, const mcu_factor& f) {
    return model::MultiplyDouble(value, f.multiplier, f.right_shift);
  };
  if (op.first_slope != 0) {
    const auto part = [](int64_t slope, int32_t value) { return (slope * value) >> 8; };
    const int64_t sum = op.offset + part(op.first_slope, first) + part(op.second_slope, second);
    return std::clamp<int32_t>(static_cast<int32_t>(sum >> 20), op.low, op.high);
  }
  const int32_t sum =
      op.first_sign * scaled((first - op.first_zero_point) * (1 << 20), op.first) +
      op.second_sign * scaled((second - op.second_zero_point) * (1 << 20), op.second);
  return std::clamp<int32_t>(scaled(sum, op.output) + op.zero_point, op.low, op.high);
}

TEST(AddKernel, EqualsTheModelAlsoInPlace) {
  for (uint64_t seed = 0; seed < 12; ++seed) {
    RandomStream random(seed, "add case");
    mcu_addition op = {};
    const auto multiplier = [&] {
      return static_cast<int32_t>(random.Between(1 << 30, INT32_MAX));
    };
    op.channels = 8;
    op.first_zero_point = static_cast<int16_t>(Pick(&random, -128, 127));
    op.second_zero_point = static_cast<int16_t>(Pick(&random, -128, 127));
    op.zero_point = static_cast<int16_t>(Pick(&random, -128, 127));
    op.first = {1 << 30, 0};
    op.second = {multiplier(), Pick(&random, 0, 6)};
    op.output = {multiplier(), Pick(&random, 16, 20)};
    op.low = seed % 3 ? int16_t{-128} : op.zero_point;
    op.high = 127;
    op.first_sign = seed % 4 == 1 ? -1 : 1;
    op.second_sign = seed % 4 == 2 ? -1 : 1;
    if (seed % 2 == 1) {
      op.first_slope = Pick(&random, -(1 << 29), 1 << 29);
      op.second_slope = Pick(&random, -(1 << 29), 1 << 29);
      op.offset = Pick(&random, -(1 << 29), 1 << 29);
    }
    const auto model = [&](int32_t first, int32_t second) { return Plus(op, first, second); };
    ExpectPairs(mcu_add, op, model);
    ExpectRepeats(mcu_add, op, model);
    if (HasFatalFailure()) return;
  }
}

// All differences of zero points, in both arithmetics.
TEST(MultiplyKernel, EqualsTheModelAlsoInPlace) {
  for (uint64_t seed = 0; seed < 12; ++seed) {
    RandomStream random(seed, "multiply case");
    mcu_product op = {};
    op.channels = 8;
    op.first_zero_point = static_cast<int16_t>(Pick(&random, -128, 127));
    op.second_zero_point = static_cast<int16_t>(Pick(&random, -128, 127));
    op.zero_point = static_cast<int16_t>(Pick(&random, -128, 127));
    op.low = seed % 3 ? int16_t{-128} : op.zero_point;
    op.high = seed % 5 ? int16_t{127} : int16_t{40};
    op.rounding = seed % 2 ? MCU_ROUND_DOUBLE_FAST : MCU_ROUND_DOUBLE;
    op.output = {static_cast<int32_t>(random.Between(1 << 30, INT32_MAX)), Pick(&random, 1, 11)};
    const auto model = [&](int32_t first, int32_t second) {
      const int32_t product = (first - op.first_zero_point) * (second - op.second_zero_point);
      const int32_t scaled =
          model::MultiplyDouble(product, op.output.multiplier, op.output.right_shift);
      return std::clamp<int32_t>(scaled + op.zero_point, op.low, op.high);
    };
    ExpectPairs(mcu_multiply, op, model);
    ExpectRepeats(mcu_multiply, op, model);
    if (HasFatalFailure()) return;
  }
}

TEST(ExtremeKernel, EqualsTheModelAlsoInPlace) {
  for (const bool largest : {false, true}) {
    const mcu_extremum op = {8, largest};
    const auto model = [&](int32_t first, int32_t second) {
      return largest ? std::max(first, second) : std::min(first, second);
    };
    ExpectPairs(mcu_extreme, op, model);
    ExpectRepeats(mcu_extreme, op, model);
  }
}

int32_t MeanHalfAwayFromZero(int32_t sum, int32_t count) {
  const int32_t magnitude = (2 * std::abs(sum) + count) / (2 * count);
  return sum < 0 ? -magnitude : magnitude;
}

// Window columns and rows of a pool as an operation, for Reads().
model::Operation PoolWindow(int kernel, int stride, int padding) {
  model::Operation op;
  op.kernel = kernel;
  op.stride = stride;
  op.padding = padding;
  return op;
}

std::vector<int8_t> PoolModel(const mcu_pooling& op, const model::Operation& window,
                              const model::Map& in, const mcu_segment& segment) {
  std::vector<int8_t> golden;
  for (int x = segment.first; x < segment.last; ++x) {
    for (int c = 0; c < in.channels; ++c) {
      int32_t sum = 0, count = 0;
      for (int k = 0; k < window.kernel * window.kernel; ++k) {
        const int32_t value = in.At(segment.y * window.stride - window.padding + k / window.kernel,
                                    x * window.stride - window.padding + k % window.kernel, c, 999);
        if (value == 999) continue;
        sum += value;
        ++count;
      }
      int32_t mean = MeanHalfAwayFromZero(sum, count);
      if (op.arithmetic != MCU_DIVIDE) {
        mean = op.zero_point + model::MultiplyDouble(sum - count * op.input_zero_point,
                                                     op.factor.multiplier, op.factor.right_shift);
      }
      golden.push_back(static_cast<int8_t>(std::clamp(mean, op.low, op.high)));
    }
  }
  return golden;
}

TEST(PoolKernels, AveragePoolEqualsTheModel) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    RandomStream random(seed, "pool case");
    const int kernel = Pick(&random, 1, 5), stride = Pick(&random, 1, 2);
    const model::Operation window = PoolWindow(kernel, stride, (kernel - 1) / 2);
    const model::Map in = RandomMap(&random, Pick(&random, kernel, 12), Pick(&random, kernel, 12),
                                    Pick(&random, 1, 20));
    model::Map golden{
        model::OutputSide(window, in.height), model::OutputSide(window, in.width), in.channels, {}};
    const mcu_reach reach = {static_cast<int16_t>(kernel), static_cast<int16_t>(stride),
                             static_cast<int16_t>(window.padding), 1};
    const mcu_pooling op = {
        {in.width, in.channels, in.channels, in.channels, reach, reach},
        seed % 2 ? -100 : -128,
        seed % 3 ? 127 : 60,
        static_cast<int32_t>(seed % 4 == 3 ? MCU_MEAN_FAST
                             : seed % 4    ? MCU_MEAN
                                           : MCU_DIVIDE),
        Pick(&random, -128, 127),
        Pick(&random, -128, 127),
        {static_cast<int32_t>(random.Between(1 << 29, INT32_MAX)), Pick(&random, 1, 6)}};
    for (const mcu_segment& segment : Segments(golden, &random)) {
      std::vector<int8_t> memory;
      const mcu_map map = RingOf(in, Reads(window, in, segment), 0, in.width, 0, &memory);
      const int bytes = (segment.last - segment.first) * in.channels;
      ASSERT_EQ(RunSegment(mcu_average_pool, &op, &map, segment, bytes, 0),
                PoolModel(op, window, in, segment));
    }
  }
}

// Also in strips: what counts is that pixel (0, 0) comes first and the last one last.
TEST(PoolKernels, GlobalAveragePoolAddsUpSegments) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    RandomStream random(seed, "global pool case");
    model::Map in = RandomMap(&random, Pick(&random, 1, 9), Pick(&random, 1, 9),
                              seed == 0 ? 3000 : Pick(&random, 1, 30));
    // More pixels in one segment than sums of 16 bits hold.
    const bool wide = seed == 1;
    if (wide) {
      in = RandomMap(&random, 2, 700, 17);
      std::fill(in.values.begin(), in.values.end(), int8_t{-128});
    }
    const mcu_pooling op = {
        {in.width, in.channels, in.channels, in.channels, {1, 1, 0, 1}, {1, 1, 0, 1}}, -128, 127};
    std::vector<int8_t> golden, out(size_t(in.channels) + 1, kPoison);
    for (int c = 0; c < in.channels; ++c) {
      int32_t sum = 0;
      for (int i = 0; i < in.height * in.width; ++i) sum += in.values[size_t(i) * in.channels + c];
      golden.push_back(static_cast<int8_t>(MeanHalfAwayFromZero(sum, in.height * in.width)));
    }
    std::vector<int32_t> sums(size_t(in.channels) + 1, 0x55555555);
    const int cut = Pick(&random, 0, in.width);
    for (const auto& [low, high] : {std::pair(0, cut), std::pair(cut, in.width)}) {
      for (int y = 0; y < in.height; ++y) {
        for (int first = low; first < high;) {
          const int last = std::min(high, first + (wide ? 700 : Pick(&random, 1, 4)));
          const mcu_segment segment = {y, first, last};
          std::vector<int8_t> memory;
          const mcu_map map = RingOf(in, {y, y + 1, first, last}, 0, in.width, 0, &memory);
          mcu_global_average_pool(&op, &map, &segment, out.data(), sums.data());
          first = last;
        }
      }
    }
    EXPECT_EQ(out.back(), kPoison);
    EXPECT_EQ(sums.back(), 0x55555555);
    out.pop_back();
    ASSERT_EQ(out, golden);
  }
}

// A pointwise convolution in runs of input channels, its sums requantised in place.

}  // namespace
}  // namespace mcunas
