// Every kernel against the plain model, under its contract: exact scratch, no byte written outside
// the segment, input in whole maps, in rings that hold just the pixels that the segment reads, and
// in vertical strips.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "common/random.h"
#include "tests/unit/engine/kernels/model.h"

namespace mcunas {
namespace {

constexpr int8_t kPoison = 0x55;
constexpr int kGuard = 16;

struct Case {
  model::Operation op;
  model::Map input;
};

int Pick(RandomStream* random, int low, int high) {
  return static_cast<int>(random->Between(low, high));
}

model::Map RandomMap(RandomStream* random, int height, int width, int channels) {
  model::Map map{height, width, channels, {}};
  map.values.resize(size_t(height) * width * channels);
  for (int8_t& v : map.values) v = static_cast<int8_t>(random->Between(-128, 127));
  return map;
}

// Multipliers that spread the sums over int8; now and then a channel outside the fast form.
model::Channel RandomChannel(RandomStream* random, int taps) {
  model::Channel channel;
  for (int i = 0; i < taps; ++i) {
    channel.weights.push_back(static_cast<int8_t>(random->Between(-127, 127)));
  }
  channel.bias = Pick(random, -3000, 3000);
  channel.multiplier = static_cast<int32_t>(random->Between(1 << 30, (int64_t{1} << 31) - 1));
  channel.right_shift = 5;
  for (int size = taps; size > 1; size /= 4) ++channel.right_shift;
  if (random->Chance(0.1)) channel.right_shift = Pick(random, -1, 1);
  if (random->Chance(0.05)) channel.multiplier = 0;
  return channel;
}

Case RandomCase(uint64_t seed, bool depthwise, int kernel) {
  RandomStream random(seed, "kernel case", std::to_string(kernel) + (depthwise ? "d" : "c"));
  Case c;
  const int in = Pick(&random, 1, 9), out = depthwise ? in : Pick(&random, 1, 9);
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
  for (int i = 0; i < out; ++i) {
    c.op.channels.push_back(RandomChannel(&random, kernel * kernel * (depthwise ? 1 : in)));
  }
  return c;
}

// The tables of a case and the struct that points at them.
struct Tables {
  std::vector<int8_t> weights, shifts;
  std::vector<int32_t> bias, multipliers;
  mcu_weighted op = {};
};

void Fill(const Case& c, mcu_rounding rounding, Tables* t) {
  t->weights = model::KernelWeights(c.op);
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
                  model::OutputSide(c.op, c.input.width),
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

Rectangle Reads(const model::Operation& op, const model::Map& in, const mcu_segment& segment) {
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
mcu_map RingOf(const model::Map& map, const Rectangle& read, int low, int width, int slack,
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

mcu_map Whole(const model::Map& map) {
  return {map.values.data(), map.channels, map.height * map.width, map.width, map.height, 0};
}

// Runs a segment with exact scratch between guards and returns its `bytes` bytes.
std::vector<int8_t> RunSegment(mcu_kernel* kernel, const void* op, const mcu_map* inputs,
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
std::vector<mcu_segment> Segments(const model::Map& golden, RandomStream* random) {
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

void ExpectSegments(const Case& c, mcu_op_kind kind, mcu_kernel* kernel, mcu_rounding rounding) {
  Tables tables;
  Fill(c, rounding, &tables);
  RandomStream random(static_cast<uint64_t>(c.input.width), "segments");
  const model::Map golden = model::Run(c.op, c.input);
  const int scratch = mcu_scratch_bytes(kind, c.op.kernel * c.op.kernel, c.input.channels,
                                        golden.channels, golden.width);
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
      ASSERT_EQ(RunSegment(kernel, &tables.op, &map, segment, bytes, scratch), expected)
          << "row " << segment.y << " columns " << segment.first << " to " << segment.last
          << " ring " << map.ring_pixels << " origin " << map.origin << " kernel " << c.op.kernel
          << " stride " << c.op.stride << " padding " << c.op.padding << " in " << c.input.width
          << "x" << c.input.channels << " out " << golden.width << "x" << golden.channels;
    }
  }
}

class WindowKernels : public testing::TestWithParam<int> {
 protected:
  // Whatever rounding a case asks for; double in both of its forms.
  void Check(bool depthwise, mcu_op_kind kind, mcu_kernel* kernel) {
    for (uint64_t seed = 0; seed < 60; ++seed) {
      const Case c = RandomCase(seed, depthwise, GetParam());
      if (c.op.single_rounding) {
        ExpectSegments(c, kind, kernel, MCU_ROUND_SINGLE);
      } else {
        ExpectSegments(c, kind, kernel, MCU_ROUND_DOUBLE);
        ExpectSegments(c, kind, kernel, MCU_ROUND_DOUBLE_FAST);
      }
      if (HasFatalFailure()) return;
    }
  }
};

TEST_P(WindowKernels, Conv) { Check(false, MCU_OP_CONV, mcu_conv); }
TEST_P(WindowKernels, Depthwise) { Check(true, MCU_OP_DEPTHWISE, mcu_depthwise); }

INSTANTIATE_TEST_SUITE_P(Sizes, WindowKernels, testing::Values(1, 2, 3, 4, 5, 7, 9));

TEST(PointwiseKernel, EqualsTheModelForAllDepths) {
  for (const int depth :
       {1, 2, 3, 4, 5, 6, 7, 8, 16, 27, 255, 257, 300, 1025, 1030, 2049, 2051, 4100}) {
    RandomStream random(static_cast<uint64_t>(depth), "pointwise case");
    Case c = RandomCase(static_cast<uint64_t>(depth), false, 1);
    c.op.padding = 0;
    c.op.dilation = 1;
    for (model::Channel& channel : c.op.channels) channel = RandomChannel(&random, depth);
    for (int width = 1; width <= 9; ++width) {
      c.input = RandomMap(&random, 3, width, depth);
      ExpectSegments(c, MCU_OP_POINTWISE, mcu_pointwise,
                     c.op.single_rounding ? MCU_ROUND_SINGLE : MCU_ROUND_DOUBLE_FAST);
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

TEST(FullyConnectedKernel, EqualsTheModel) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    RandomStream random(seed, "fully connected case");
    Case c = RandomCase(seed, false, 1);
    c.op.stride = 1;
    c.op.padding = 0;
    c.input = RandomMap(&random, 1, 1, Pick(&random, 1, 70));
    for (model::Channel& channel : c.op.channels)
      channel = RandomChannel(&random, c.input.channels);
    ExpectSegments(c, MCU_OP_FULLY_CONNECTED, mcu_fully_connected,
                   c.op.single_rounding ? MCU_ROUND_SINGLE : MCU_ROUND_DOUBLE_FAST);
    if (HasFatalFailure()) return;
  }
}

int8_t AddModel(const mcu_addition& op, int8_t first, int8_t second) {
  const auto scaled = [&](int32_t value, const mcu_factor& f) {
    return op.rounding == MCU_ROUND_SINGLE
               ? model::MultiplySingle(value, f.multiplier, f.right_shift)
               : model::MultiplyDouble(value, f.multiplier, f.right_shift);
  };
  const int32_t sum = scaled((first - op.first_zero_point) * (1 << 20), op.first) +
                      scaled((second - op.second_zero_point) * (1 << 20), op.second);
  return static_cast<int8_t>(std::clamp(scaled(sum, op.output) + op.zero_point, op.low, op.high));
}

// All 65536 pairs of bytes, for random scales.
TEST(AddKernel, EqualsTheModelAlsoInPlace) {
  for (uint64_t seed = 0; seed < 12; ++seed) {
    RandomStream random(seed, "add case");
    mcu_addition op = {};
    const auto multiplier = [&] {
      return static_cast<int32_t>(random.Between(1 << 30, INT32_MAX));
    };
    op.channels = 8;
    op.first_zero_point = Pick(&random, -128, 127);
    op.second_zero_point = Pick(&random, -128, 127);
    op.zero_point = Pick(&random, -128, 127);
    op.first = {1 << 30, 0};
    op.second = {multiplier(), Pick(&random, 0, 6)};
    op.output = {multiplier(), Pick(&random, 16, 20)};
    op.low = seed % 3 ? -128 : op.zero_point;
    op.high = 127;
    op.rounding = static_cast<int32_t>(seed % 3);
    std::vector<int8_t> first(256), second(256), golden(256);
    for (int a = -128; a < 128; ++a) {
      for (int b = -128; b < 128; ++b)
        second[static_cast<size_t>(b + 128)] = static_cast<int8_t>(b);
      std::fill(first.begin(), first.end(), static_cast<int8_t>(a));
      for (size_t i = 0; i < 256; ++i) golden[i] = AddModel(op, first[i], second[i]);
      const mcu_map maps[2] = {{first.data(), 8, 32, 32, 1, 0}, {second.data(), 8, 32, 32, 1, 0}};
      const mcu_segment row = {0, 0, 32};
      ASSERT_EQ(RunSegment(mcu_add, &op, maps, row, 256, 0), golden) << "rounding " << op.rounding;
      // Both rings end somewhere else.
      std::vector<int8_t> turned_first = first, turned_second = second;
      std::rotate(turned_first.begin(), turned_first.end() - 8 * 7, turned_first.end());
      std::rotate(turned_second.begin(), turned_second.end() - 8 * 20, turned_second.end());
      const mcu_map rings[2] = {{turned_first.data(), 8, 32, 39, 2, 0},
                                {turned_second.data(), 8, 32, 52, 2, 0}};
      const mcu_segment second_row = {1, 0, 32};
      ASSERT_EQ(RunSegment(mcu_add, &op, rings, second_row, 256, 0), golden);
      int8_t* in_place = a % 2 ? first.data() : second.data();
      mcu_add(&op, maps, &row, in_place, nullptr);
      ASSERT_EQ(std::vector<int8_t>(in_place, in_place + 256), golden);
    }
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
      golden.push_back(
          static_cast<int8_t>(std::clamp(MeanHalfAwayFromZero(sum, count), op.low, op.high)));
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
    const mcu_pooling op = {{in.width, in.channels, golden.width, in.channels, reach, reach},
                            seed % 2 ? -100 : -128,
                            seed % 3 ? 127 : 60};
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
    const model::Map in = RandomMap(&random, Pick(&random, 1, 9), Pick(&random, 1, 9),
                                    seed == 0 ? 3000 : Pick(&random, 1, 30));
    const mcu_pooling op = {
        {in.width, in.channels, 1, in.channels, {1, 1, 0, 1}, {1, 1, 0, 1}}, -128, 127};
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
          const int last = std::min(high, first + Pick(&random, 1, 4));
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
TEST(AccumulateKernel, RunsOfChannelsGiveTheWholeConvolution) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    RandomStream random(seed, "accumulate case");
    Case c = RandomCase(seed, false, 1);
    c.op.stride = c.op.dilation = 1;
    c.op.padding = 0;
    c.input = RandomMap(&random, Pick(&random, 1, 3), Pick(&random, 1, 9),
                        seed == 0 ? 700 : Pick(&random, 1, 40));
    const int depth = c.input.channels, width = c.input.width;
    for (model::Channel& channel : c.op.channels) channel = RandomChannel(&random, depth);
    const mcu_rounding rounding = c.op.single_rounding ? MCU_ROUND_SINGLE : MCU_ROUND_DOUBLE;
    Tables whole;
    Fill(c, rounding, &whole);
    const int outputs = static_cast<int>(c.op.channels.size());
    const int pixels = c.input.height * width;
    std::vector<int32_t> sums(size_t(pixels) * outputs + 1, 0x55555555);
    const int run = Pick(&random, 1, depth);
    for (int begin = 0; begin < depth; begin += run) {
      const int end = std::min(depth, begin + run);
      Case part = c;
      part.input = {c.input.height, width, end - begin, {}};
      for (int i = 0; i < pixels; ++i) {
        const auto pixel = c.input.values.begin() + i * depth;
        part.input.values.insert(part.input.values.end(), pixel + begin, pixel + end);
      }
      for (model::Channel& channel : part.op.channels) {
        channel.weights = {channel.weights.begin() + begin, channel.weights.begin() + end};
      }
      Tables tables;
      Fill(part, rounding, &tables);
      tables.op.requantization.bias = begin == 0 ? whole.bias.data() : nullptr;
      const mcu_map map = Whole(part.input);
      std::vector<int32_t> scratch(
          size_t(mcu_scratch_bytes(MCU_OP_POINTWISE, 1, end - begin, outputs, width)) / 4);
      for (int y = 0; y < c.input.height; ++y) {
        const mcu_segment segment = {y, 0, width};
        auto* out = reinterpret_cast<int8_t*>(sums.data() + y * width * outputs);
        mcu_accumulate(&tables.op, &map, &segment, out, scratch.data());
      }
    }
    EXPECT_EQ(sums.back(), 0x55555555);
    auto* bytes = reinterpret_cast<int8_t*>(sums.data());
    const mcu_map map = {bytes, 4 * outputs, pixels, width, c.input.height, 0};
    for (int y = 0; y < c.input.height; ++y) {
      const mcu_segment segment = {y, 0, width};
      mcu_requantize_sums(&whole.op, &map, &segment, bytes + y * width * outputs, nullptr);
    }
    const model::Map golden = model::Run(c.op, c.input);
    ASSERT_EQ(std::vector<int8_t>(bytes, bytes + golden.values.size()), golden.values);
  }
}

// Too deep for one column: multiplied in blocks.
TEST(ConvKernel, DeepWindowsEqualTheModel) {
  for (const int channels : {89, 90, 151, 152, 230, 457}) {
    RandomStream random(static_cast<uint64_t>(channels), "deep case");
    Case c = RandomCase(static_cast<uint64_t>(channels), false, 3);
    c.op.stride = 1 + channels % 2;
    c.op.dilation = 1 + channels % 3 / 2;
    c.op.padding = c.op.dilation;
    c.input = RandomMap(&random, 3, 4, channels);
    c.op.channels.resize(channels == 457 ? 301 : 5);
    for (model::Channel& channel : c.op.channels) channel = RandomChannel(&random, 9 * channels);
    ExpectSegments(c, MCU_OP_CONV, mcu_conv,
                   c.op.single_rounding ? MCU_ROUND_SINGLE : MCU_ROUND_DOUBLE_FAST);
    if (HasFatalFailure()) return;
  }
}

// More channels than one pixel of padding has.
TEST(DepthwiseKernel, ManyChannelsEqualTheModel) {
  for (const int channels : {255, 256, 257, 258, 603}) {
    RandomStream random(static_cast<uint64_t>(channels), "wide case");
    Case c = RandomCase(static_cast<uint64_t>(channels), true, 3);
    c.input = RandomMap(&random, 6, 7, channels);
    c.op.padding = 1;
    c.op.dilation = 1;
    c.op.channels.clear();
    for (int i = 0; i < channels; ++i) c.op.channels.push_back(RandomChannel(&random, 9));
    ExpectSegments(c, MCU_OP_DEPTHWISE, mcu_depthwise,
                   c.op.single_rounding ? MCU_ROUND_SINGLE : MCU_ROUND_DOUBLE_FAST);
    if (HasFatalFailure()) return;
  }
}

TEST(ScratchSize, NeverExceedsItsBound) {
  const mcu_op_kind kinds[] = {
      MCU_OP_CONV,         MCU_OP_POINTWISE,           MCU_OP_DEPTHWISE,      MCU_OP_ADD,
      MCU_OP_AVERAGE_POOL, MCU_OP_GLOBAL_AVERAGE_POOL, MCU_OP_FULLY_CONNECTED};
  RandomStream random(1, "scratch");
  for (int i = 0; i < 200000; ++i) {
    const mcu_op_kind kind = kinds[random.Below(7)];
    const int side = Pick(&random, 1, 15);
    const int taps = kind == MCU_OP_POINTWISE ? 1 : side * Pick(&random, 1, 15);
    // Evenly over the orders of magnitude.
    const int channels = 1 + static_cast<int>(random.Below(uint64_t{1} << Pick(&random, 0, 18)));
    const int32_t bytes = mcu_scratch_bytes(kind, taps, channels, channels, Pick(&random, 1, 500));
    ASSERT_LE(bytes, MCU_LARGEST_SCRATCH) << kind << " " << taps << " " << channels;
    ASSERT_GE(bytes, 0);
    ASSERT_EQ(bytes % 4, 0);
  }
  EXPECT_LE(mcu_scratch_bytes(MCU_OP_CONV, 255 * 255, 1024, 8, 100), MCU_LARGEST_SCRATCH);
  EXPECT_EQ(mcu_scratch_bytes(MCU_OP_ADD, 1, 64, 64, 10), 0);
}

}  // namespace
}  // namespace mcunas
