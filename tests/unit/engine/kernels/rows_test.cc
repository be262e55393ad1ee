// Every row kernel against the plain model, under its contract: exact scratch, no byte written
// outside the output row, earlier input rows already overwritten, input in whole maps and in rings.
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
  c.op.padding = random.Chance(0.7) ? (kernel - 1) / 2 : Pick(&random, 0, kernel - 1);
  c.op.input_zero_point = Pick(&random, -128, 127);
  c.op.zero_point = Pick(&random, -128, 127);
  c.op.single_rounding = random.Chance(0.25);
  if (random.Chance(0.5)) c.op.low = c.op.zero_point;
  if (random.Chance(0.3)) c.op.high = std::min(127, c.op.low + Pick(&random, 1, 200));
  const int smallest = std::max(1, kernel - 2 * c.op.padding);
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
  const int32_t out_width = model::OutputSide(c.op, c.input.width);
  t->op.window = {
      c.input.width, c.input.channels, out_width,   static_cast<int32_t>(c.op.channels.size()),
      c.op.kernel,   c.op.stride,      c.op.padding};
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

// A ring that holds just the rows from `first` on; everything else is poison.
mcu_rows RingOf(const model::Map& map, int first, int ring_rows, std::vector<int8_t>* memory) {
  const int row_bytes = map.width * map.channels;
  memory->assign(size_t(ring_rows) * row_bytes, kPoison);
  const int begin = std::max(0, first);
  for (int y = begin; y < std::min(map.height, begin + ring_rows); ++y) {
    std::memcpy(memory->data() + y % ring_rows * row_bytes, map.values.data() + y * row_bytes,
                size_t(row_bytes));
  }
  return {memory->data(), row_bytes, ring_rows, map.height};
}

// Runs row y with exact scratch between guards and returns it.
std::vector<int8_t> RunRow(mcu_row_kernel* kernel, const void* op, const mcu_rows* inputs, int y,
                           int row_bytes, int scratch_bytes) {
  std::vector<int8_t> out(size_t(row_bytes) + 2 * kGuard, kPoison);
  std::vector<int32_t> scratch(size_t(scratch_bytes) / 4 + 2 * kGuard, 0x55555555);
  kernel(op, inputs, y, out.data() + kGuard, scratch.data() + kGuard);
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

void ExpectRows(const Case& c, mcu_op_kind kind, mcu_row_kernel* kernel, mcu_rounding rounding) {
  Tables tables;
  Fill(c, rounding, &tables);
  const model::Map golden = model::Run(c.op, c.input);
  const int row_bytes = golden.width * golden.channels;
  const int scratch =
      mcu_scratch_bytes(kind, c.op.kernel, c.input.channels, golden.channels, golden.width);
  for (int y = 0; y < golden.height; ++y) {
    const std::vector<int8_t> expected(golden.values.begin() + y * row_bytes,
                                       golden.values.begin() + (y + 1) * row_bytes);
    const int first = y * c.op.stride - c.op.padding;
    for (const int ring : {c.op.kernel, c.op.kernel + 2, c.input.height}) {
      if (ring > c.input.height) continue;
      std::vector<int8_t> memory;
      const mcu_rows rows = RingOf(c.input, first, ring, &memory);
      ASSERT_EQ(RunRow(kernel, &tables.op, &rows, y, row_bytes, scratch), expected)
          << "row " << y << " ring " << ring << " kernel " << c.op.kernel << " stride "
          << c.op.stride << " padding " << c.op.padding << " in " << c.input.width << "x"
          << c.input.channels << " out " << golden.width << "x" << golden.channels;
    }
  }
}

class WindowKernels : public testing::TestWithParam<int> {
 protected:
  // Whatever rounding a case asks for; double in both of its forms.
  void Check(bool depthwise, mcu_op_kind kind, mcu_row_kernel* kernel) {
    for (uint64_t seed = 0; seed < 60; ++seed) {
      const Case c = RandomCase(seed, depthwise, GetParam());
      if (c.op.single_rounding) {
        ExpectRows(c, kind, kernel, MCU_ROUND_SINGLE);
      } else {
        ExpectRows(c, kind, kernel, MCU_ROUND_DOUBLE);
        ExpectRows(c, kind, kernel, MCU_ROUND_DOUBLE_FAST);
      }
      if (HasFatalFailure()) return;
    }
  }
};

TEST_P(WindowKernels, Conv) { Check(false, MCU_OP_CONV, mcu_conv_row); }
TEST_P(WindowKernels, Depthwise) { Check(true, MCU_OP_DEPTHWISE, mcu_depthwise_row); }

INSTANTIATE_TEST_SUITE_P(Sizes, WindowKernels, testing::Values(1, 2, 3, 4, 5, 7, 9));

TEST(PointwiseKernel, EqualsTheModelForAllDepths) {
  for (const int depth : {1, 2, 3, 4, 5, 6, 7, 8, 16, 27, 255, 257, 300, 1025, 1030}) {
    RandomStream random(static_cast<uint64_t>(depth), "pointwise case");
    Case c = RandomCase(static_cast<uint64_t>(depth), false, 1);
    c.op.padding = 0;
    for (model::Channel& channel : c.op.channels) channel = RandomChannel(&random, depth);
    for (int width = 1; width <= 9; ++width) {
      c.input = RandomMap(&random, 3, width, depth);
      ExpectRows(c, MCU_OP_POINTWISE, mcu_pointwise_row,
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
    ExpectRows(c, MCU_OP_FULLY_CONNECTED, mcu_fully_connected_row,
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
    op.row_elements = 256;
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
      const mcu_rows rows[2] = {{first.data(), 256, 1, 1}, {second.data(), 256, 1, 1}};
      ASSERT_EQ(RunRow(mcu_add_row, &op, rows, 0, 256, 0), golden) << "rounding " << op.rounding;
      int8_t* in_place = a % 2 ? first.data() : second.data();
      mcu_add_row(&op, rows, 0, in_place, nullptr);
      ASSERT_EQ(std::vector<int8_t>(in_place, in_place + 256), golden);
    }
  }
}

int32_t MeanHalfAwayFromZero(int32_t sum, int32_t count) {
  const int32_t magnitude = (2 * std::abs(sum) + count) / (2 * count);
  return sum < 0 ? -magnitude : magnitude;
}

TEST(PoolKernels, AveragePoolEqualsTheModel) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    RandomStream random(seed, "pool case");
    const int kernel = Pick(&random, 1, 5), stride = Pick(&random, 1, 2),
              padding = (kernel - 1) / 2;
    const model::Map in = RandomMap(&random, Pick(&random, kernel, 12), Pick(&random, kernel, 12),
                                    Pick(&random, 1, 20));
    const int out_width = (in.width + 2 * padding - kernel) / stride + 1;
    const int out_height = (in.height + 2 * padding - kernel) / stride + 1;
    const mcu_pooling op = {
        {in.width, in.channels, out_width, in.channels, kernel, stride, padding},
        seed % 2 ? -100 : -128,
        seed % 3 ? 127 : 60};
    for (int y = 0; y < out_height; ++y) {
      std::vector<int8_t> golden, memory;
      for (int x = 0; x < out_width; ++x) {
        for (int c = 0; c < in.channels; ++c) {
          int32_t sum = 0, count = 0;
          for (int k = 0; k < kernel * kernel; ++k) {
            const int32_t value =
                in.At(y * stride - padding + k / kernel, x * stride - padding + k % kernel, c, 999);
            if (value == 999) continue;
            sum += value;
            ++count;
          }
          golden.push_back(
              static_cast<int8_t>(std::clamp(MeanHalfAwayFromZero(sum, count), op.low, op.high)));
        }
      }
      const mcu_rows rows = RingOf(in, y * stride - padding, std::min(kernel, in.height), &memory);
      ASSERT_EQ(RunRow(mcu_average_pool_row, &op, &rows, y, out_width * in.channels, 0), golden);
    }
  }
}

TEST(PoolKernels, GlobalAveragePoolEqualsTheModel) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    RandomStream random(seed, "global pool case");
    const model::Map in =
        RandomMap(&random, Pick(&random, 1, 9), Pick(&random, 1, 9), Pick(&random, 1, 30));
    const mcu_pooling op = {{in.width, in.channels, 1, in.channels, 1, 1, 0}, -128, 127};
    std::vector<int8_t> golden;
    for (int c = 0; c < in.channels; ++c) {
      int32_t sum = 0;
      for (int i = 0; i < in.height * in.width; ++i) sum += in.values[size_t(i) * in.channels + c];
      golden.push_back(static_cast<int8_t>(MeanHalfAwayFromZero(sum, in.height * in.width)));
    }
    const mcu_rows rows = {in.values.data(), in.width * in.channels, in.height, in.height};
    const int scratch =
        mcu_scratch_bytes(MCU_OP_GLOBAL_AVERAGE_POOL, 1, in.channels, in.channels, 1);
    ASSERT_EQ(RunRow(mcu_global_average_pool_row, &op, &rows, 0, in.channels, scratch), golden);
  }
}

TEST(ScratchSize, StaysSmallAndAligned) {
  for (int depth = 1; depth < 3000; depth += 7) {
    for (int width : {1, 2, 3, 4, 5, 100}) {
      const int32_t bytes = mcu_scratch_bytes(MCU_OP_POINTWISE, 1, depth, 8, width);
      EXPECT_EQ(bytes % 4, 0);
      EXPECT_LE(bytes, depth <= 2048 ? 4096 : 2 * depth + 2);
    }
  }
  for (int kernel : {3, 5, 7}) {
    EXPECT_LE(mcu_scratch_bytes(MCU_OP_DEPTHWISE, kernel, 96, 96, 500), 1024);
  }
  EXPECT_EQ(mcu_scratch_bytes(MCU_OP_ADD, 1, 64, 64, 10), 0);
}

}  // namespace
}  // namespace mcunas
