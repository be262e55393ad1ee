// Random cases of kernels and how one segment of them is run under the kernels' contract: exact
// scratch, no byte written outside the segment, input in whole maps, in rings that hold just the
// pixels that the segment reads, and in vertical strips.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "common/random.h"
#include "tests/unit/kernels/model.h"

namespace mcunas {

inline constexpr int8_t kPoison = 0x55;
inline constexpr int kGuard = 16;

struct Case {
  model::Operation op;
  model::Map input;
};

inline int Pick(RandomStream* random, int low, int high) {
  return static_cast<int>(random->Between(low, high));
}

inline model::Map RandomMap(RandomStream* random, int height, int width, int channels) {
  model::Map map{height, width, channels, {}};
  map.values.resize(size_t(height) * width * channels);
  for (int8_t& v : map.values) v = static_cast<int8_t>(random->Between(-128, 127));
  return map;
}

// Multipliers that spread the sums over int8. any_shift: now and then a channel that no fast form
// does.
inline model::Channel RandomChannel(RandomStream* random, int taps, bool any_shift = false) {
  model::Channel channel;
  for (int i = 0; i < taps; ++i) {
    channel.weights.push_back(static_cast<int8_t>(random->Between(-127, 127)));
  }
  channel.bias = Pick(random, -3000, 3000);
  channel.multiplier = static_cast<int32_t>(random->Between(1 << 30, (int64_t{1} << 31) - 1));
  channel.right_shift = 5;
  for (int size = taps; size > 1; size /= 4) ++channel.right_shift;
  if (random->Chance(0.1)) channel.right_shift = Pick(random, any_shift ? -1 : 2, 4);
  if (random->Chance(0.05)) channel.multiplier = 0;
  return channel;
}

inline Case RandomCase(uint64_t seed, bool depthwise, int kernel) {
  RandomStream random(seed, "kernel case", std::to_string(kernel) + (depthwise ? "d" : "c"));
  Case c;
  const int in = Pick(&random, 1, 9);
  const int per_input = random.Chance(0.3) ? Pick(&random, 2, 5) : 1;
  const int out = depthwise ? in * per_input : Pick(&random, 1, 9);
  c.op.depthwise = depthwise;
  c.op.kernel = kernel;
  c.op.stride = Pick(&random, 1, 2);
  if (random.Chance(0.2)) c.op.dilation = Pick(&random, 2, 3);
  const int reach = (kernel - 1) * c.op.dilation + 1;
  c.op.padding = random.Chance(0.7) ? (reach - 1) / 2 : Pick(&random, 0, reach - 1);
  c.op.input_zero_point = Pick(&random, -128, 127);
  c.op.zero_point = Pick(&random, -128, 127);
  c.op.single_rounding = random.Chance(0.25);
  if (random.Chance(0.5)) c.op.low = c.op.zero_point;
  if (random.Chance(0.3)) c.op.high = std::min(127, c.op.low + Pick(&random, 1, 200));
  const int smallest = std::max(1, reach - 2 * c.op.padding);
  const int width =
      random.Chance(0.15) ? Pick(&random, 65, 150) : Pick(&random, smallest, smallest + 13);
  c.input = RandomMap(&random, Pick(&random, smallest, smallest + 9), width, in);
  const bool any_shift = random.Chance(0.3);
  for (int i = 0; i < out; ++i) {
    const int taps = kernel * kernel * (depthwise ? 1 : in);
    c.op.channels.push_back(RandomChannel(&random, taps, any_shift));
  }
  return c;
}

inline mcu_scratch_shape ScratchShape(const Case& c) {
  return {c.op.kernel,
          c.op.kernel,
          c.op.stride,
          c.op.dilation,
          c.input.channels,
          static_cast<int32_t>(c.op.channels.size()),
          model::OutputSide(c.op, c.input.width),
          8};
}

// The kernel that the generator would choose.
inline mcu_kernel* DepthwiseKernel(const Case& c) {
  const mcu_scratch_shape shape = ScratchShape(c);
  const bool every_column = c.op.stride == 1;
  switch (mcu_depthwise_side(&shape)) {
    case 3:
      return every_column ? mcu_depthwise_3_1 : mcu_depthwise_3_2;
    case 5:
      return every_column ? mcu_depthwise_5_1 : mcu_depthwise_5_2;
    case 7:
      return every_column ? mcu_depthwise_7_1 : mcu_depthwise_7_2;
    default:
      return mcu_depthwise_any;
  }
}

inline model::Layout LayoutOf(const Case& c, mcu_op_kind kind) {
  if (kind == MCU_OP_FULLY_CONNECTED) return model::Layout::kFullyConnected;
  if (kind != MCU_OP_DEPTHWISE) return model::Layout::kWindows;
  return DepthwiseKernel(c) == mcu_depthwise_any ? model::Layout::kDepthwiseAny
                                                 : model::Layout::kDepthwise;
}

// All forms of the rounding that a case asks for.
inline std::vector<mcu_rounding> Roundings(const Case& c) {
  int smallest = 31;
  for (const model::Channel& channel : c.op.channels)
    smallest = std::min(smallest, channel.right_shift);
  if (c.op.single_rounding) {
    if (smallest < 2) return {MCU_ROUND_SINGLE};
    return {MCU_ROUND_SINGLE, MCU_ROUND_SINGLE_FAST};
  }
  std::vector<mcu_rounding> result = {MCU_ROUND_DOUBLE};
  if (smallest >= 1) result.push_back(MCU_ROUND_DOUBLE_FAST);
  if (smallest >= 0 && c.op.low == c.op.zero_point) result.push_back(MCU_ROUND_RELU_FAST);
  return result;
}

// The tables of a case and the struct that points at them.
struct Tables {
  std::vector<int8_t> weights, shifts;
  std::vector<int32_t> bias, multipliers;
  mcu_weighted op = {};
};

inline void Fill(const Case& c, mcu_op_kind kind, mcu_rounding rounding, Tables* t) {
  t->weights = model::KernelWeights(c.op, LayoutOf(c, kind));
  for (const model::Channel& channel : c.op.channels) {
    int32_t sum = 0;
    for (int8_t w : channel.weights) sum += w;
    t->bias.push_back(channel.bias - c.op.input_zero_point * sum);
    t->multipliers.push_back(channel.multiplier);
    t->shifts.push_back(static_cast<int8_t>(channel.right_shift));
  }
  const auto reach = [&](int before) {
    return mcu_reach{static_cast<int16_t>(c.op.kernel), static_cast<int16_t>(c.op.stride),
                     static_cast<int16_t>(before), static_cast<int16_t>(c.op.dilation)};
  };
  t->op.window = {c.input.width,
                  c.input.channels,
                  static_cast<int32_t>(c.op.channels.size()),
                  static_cast<int32_t>(c.op.channels.size()),
                  reach(c.op.padding),
                  reach(c.op.padding)};
  t->op.input_zero_point = c.op.input_zero_point;
  t->op.weights = t->weights.data();
  t->op.requantization = {t->bias.data(),
                          t->multipliers.data(),
                          t->shifts.data(),
                          static_cast<int16_t>(c.op.zero_point),
                          static_cast<int16_t>(c.op.low),
                          static_cast<int16_t>(c.op.high),
                          static_cast<int16_t>(rounding)};
}

// Rows and columns of the input that a segment reads, inside the map.
struct Rectangle {
  int top = 0, bottom = 0, left = 0, right = 0;
};

inline Rectangle Reads(const model::Operation& op, const model::Map& in,
                       const mcu_segment& segment) {
  const int reach = (op.kernel - 1) * op.dilation + 1;
  const auto clip = [](int value, int side) { return std::clamp(value, 0, side); };
  const int row = segment.y * op.stride - op.padding;
  const int left = segment.first * op.stride - op.padding;
  const int right = (segment.last - 1) * op.stride - op.padding + reach;
  return {clip(row, in.height), clip(row + reach, in.height), clip(left, in.width),
          clip(right, in.width)};
}

// A ring with the pixels of a strip that lie between the first and the last one of `read` (and some
// more where it is longer); where nothing stands is poison.
inline mcu_map RingOf(const model::Map& map, const Rectangle& read, int low, int width, int slack,
                      std::vector<int8_t>* memory) {
  const auto number = [&](int y, int x) { return y * width + x - low; };
  const bool any = read.top < read.bottom && read.left < read.right;
  const int begin = any ? number(read.top, read.left) : 0;
  const int end = any ? number(read.bottom - 1, read.right - 1) + 1 : 1;
  const int ring = end - begin + slack;
  memory->assign(size_t(ring) * map.channels, kPoison);
  for (int y = 0; y < map.height; ++y) {
    for (int x = low; x < std::min(low + width, map.width); ++x) {
      const int at = number(y, x);
      if (at < begin || at >= begin + ring) continue;
      std::memcpy(memory->data() + at % ring * map.channels,
                  map.values.data() + (y * map.width + x) * map.channels, size_t(map.channels));
    }
  }
  return {memory->data(), map.channels, ring, width, map.height, low};
}

inline mcu_map Whole(const model::Map& map) {
  return {map.values.data(), map.channels, map.height * map.width, map.width, map.height, 0};
}

// Runs a segment with exact scratch between guards and returns its `bytes` bytes.
inline std::vector<int8_t> RunSegment(mcu_kernel* kernel, const void* op, const mcu_map* inputs,
                                      const mcu_segment& segment, int bytes, int scratch_bytes) {
  std::vector<int8_t> out(size_t(bytes) + 2 * kGuard, kPoison);
  std::vector<int32_t> scratch(size_t(scratch_bytes) / 4 + 2 * kGuard, 0x55555555);
  kernel(op, inputs, &segment, out.data() + kGuard, scratch.data() + kGuard);
  const auto poisoned = [](const auto& v, size_t begin, size_t end, auto value) {
    return std::all_of(v.begin() + begin, v.begin() + end, [&](auto x) { return x == value; });
  };
  EXPECT_TRUE(poisoned(out, 0, kGuard, kPoison));
  EXPECT_TRUE(poisoned(out, out.size() - kGuard, out.size(), kPoison));
  EXPECT_TRUE(poisoned(scratch, 0, kGuard, 0x55555555));
  EXPECT_TRUE(poisoned(scratch, scratch.size() - kGuard, scratch.size(), 0x55555555))
      << "scratch overrun";
  return {out.begin() + kGuard, out.end() - kGuard};
}

// Whole rows and random pieces of each.
inline std::vector<mcu_segment> Segments(const model::Map& golden, RandomStream* random) {
  std::vector<mcu_segment> segments;
  for (int y = 0; y < golden.height; ++y) {
    segments.push_back({y, 0, golden.width});
    for (int first = 0; first < golden.width;) {
      const int last = std::min(golden.width, first + Pick(random, 1, 9));
      segments.push_back({y, first, last});
      first = last;
    }
  }
  return segments;
}

// op: the kernel's struct.
inline void ExpectSegments(const Case& c, mcu_kernel* kernel, const void* op, int scratch,
                           mcu_rounding rounding) {
  RandomStream random(static_cast<uint64_t>(c.input.width), "segments");
  const model::Map golden = model::Run(c.op, c.input);
  for (const mcu_segment& segment : Segments(golden, &random)) {
    const auto begin =
        golden.values.begin() + (segment.y * golden.width + segment.first) * golden.channels;
    const int bytes = (segment.last - segment.first) * golden.channels;
    const std::vector<int8_t> expected(begin, begin + bytes);
    const Rectangle read = Reads(c.op, c.input, segment);
    std::vector<int8_t> memory[3];
    const int strip = std::max(1, read.right - read.left) + Pick(&random, 0, 2);
    const mcu_map maps[] = {
        Whole(c.input), RingOf(c.input, read, 0, c.input.width, 0, &memory[0]),
        RingOf(c.input, read, 0, c.input.width, Pick(&random, 1, 20), &memory[1]),
        RingOf(c.input, read, read.left, strip, Pick(&random, 0, 3), &memory[2])};
    for (const mcu_map& map : maps) {
      ASSERT_EQ(RunSegment(kernel, op, &map, segment, bytes, scratch), expected)
          << "row " << segment.y << " columns " << segment.first << " to " << segment.last
          << " ring " << map.ring_pixels << " origin " << map.origin << " kernel " << c.op.kernel
          << " stride " << c.op.stride << " rounding " << rounding << " padding " << c.op.padding
          << " in " << c.input.width << "x" << c.input.channels << " out " << golden.width << "x"
          << golden.channels;
    }
  }
}

inline void ExpectSegments(const Case& c, mcu_op_kind kind, mcu_kernel* kernel,
                           mcu_rounding rounding) {
  Tables tables;
  Fill(c, kind, rounding, &tables);
  const mcu_scratch_shape shape = ScratchShape(c);
  ExpectSegments(c, kernel, &tables.op, mcu_scratch_bytes(kind, &shape), rounding);
}

// In every form of its rounding.
inline void ExpectSegments(const Case& c, mcu_op_kind kind, mcu_kernel* kernel) {
  for (const mcu_rounding rounding : Roundings(c)) {
    ExpectSegments(c, kind, kernel, rounding);
    if (testing::Test::HasFatalFailure()) return;
  }
}

}  // namespace mcunas
