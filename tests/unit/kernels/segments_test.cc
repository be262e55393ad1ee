// Kernels with windows against the plain model.
#include <gtest/gtest.h>

#include "tests/unit/kernels/segment_case.h"

namespace mcunas {
namespace {

class WindowKernels : public testing::TestWithParam<int> {
 protected:
  void Check(bool depthwise) {
    for (uint64_t seed = 0; seed < 60; ++seed) {
      const Case c = RandomCase(seed, depthwise, GetParam());
      if (depthwise) {
        ExpectSegments(c, MCU_OP_DEPTHWISE, DepthwiseKernel(c));
      } else {
        ExpectSegments(c, MCU_OP_CONV, mcu_conv);
      }
      if (HasFatalFailure()) return;
    }
  }
};

TEST_P(WindowKernels, Conv) { Check(false); }
TEST_P(WindowKernels, Depthwise) { Check(true); }

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
      ExpectSegments(c, MCU_OP_POINTWISE, mcu_pointwise);
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

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
    Fill(c, MCU_OP_POINTWISE, rounding, &whole);
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
      Fill(part, MCU_OP_POINTWISE, rounding, &tables);
      tables.op.requantization.bias = begin == 0 ? whole.bias.data() : nullptr;
      const mcu_map map = Whole(part.input);
      const mcu_scratch_shape shape = ScratchShape(part);
      std::vector<int32_t> scratch(size_t(mcu_scratch_bytes(MCU_OP_POINTWISE, &shape)) / 4);
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
    ExpectSegments(c, MCU_OP_CONV, mcu_conv);
    if (HasFatalFailure()) return;
  }
}

TEST(DepthwiseKernel, ManyChannelsEqualTheModel) {
  for (const int channels : {64, 257, 258, 603}) {
    RandomStream random(static_cast<uint64_t>(channels), "wide case");
    Case c = RandomCase(static_cast<uint64_t>(channels), true, 3);
    c.input = RandomMap(&random, 6, 7, channels);
    c.op.padding = 1;
    c.op.dilation = 1;
    c.op.channels.clear();
    for (int i = 0; i < channels; ++i) c.op.channels.push_back(RandomChannel(&random, 9));
    ExpectSegments(c, MCU_OP_DEPTHWISE, DepthwiseKernel(c));
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
    // Channels evenly over the orders of magnitude.
    const int channels = 1 + static_cast<int>(random.Below(uint64_t{1} << Pick(&random, 0, 18)));
    const mcu_scratch_shape shape = {Pick(&random, 1, 15),
                                     Pick(&random, 1, 15),
                                     Pick(&random, 1, 3),
                                     Pick(&random, 1, 2),
                                     channels,
                                     channels,
                                     Pick(&random, 1, 500),
                                     random.Chance(0.5) ? 8 : 4};
    const int32_t bytes = mcu_scratch_bytes(kind, &shape);
    ASSERT_LE(bytes, shape.weight_bits == 4 ? 2 * MCU_LARGEST_SCRATCH : MCU_LARGEST_SCRATCH)
        << kind << " " << shape.kernel_height << "x" << shape.kernel_width << " " << channels;
    ASSERT_GE(bytes, 0);
    ASSERT_EQ(bytes % 4, 0);
  }
  const mcu_scratch_shape large = {255, 255, 1, 1, 1024, 8, 100, 8};
  EXPECT_LE(mcu_scratch_bytes(MCU_OP_CONV, &large), MCU_LARGEST_SCRATCH);
  EXPECT_EQ(mcu_scratch_bytes(MCU_OP_ADD, &large), 0);
}

}  // namespace
}  // namespace mcunas
