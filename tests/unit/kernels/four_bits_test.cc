// Kernels of weights of 4 bits against the plain model.
#include <gtest/gtest.h>

#include "tests/unit/kernels/segment_case.h"

namespace mcunas {
namespace {

// Weights in [-8, 7], multipliers for their smaller sums.
Case WithFourBits(Case c, uint64_t seed) {
  RandomStream random(seed, "four bits");
  for (model::Channel& channel : c.op.channels) {
    for (int8_t& w : channel.weights) w = static_cast<int8_t>(random.Between(-8, 7));
    channel.bias = Pick(&random, -200, 200);
    channel.right_shift = std::max(2, channel.right_shift - 4);
  }
  return c;
}

// Words of eight: four low halves, four high ones.
void AppendWords(const std::vector<int8_t>& values, std::vector<int8_t>* packed) {
  for (size_t i = 0; i < values.size(); i += 8) {
    for (size_t k = i; k < i + 4; ++k) {
      const int low = k < values.size() ? values[k] : 0;
      const int high = k + 4 < values.size() ? values[k + 4] : 0;
      packed->push_back(static_cast<int8_t>((low & 15) + 16 * high));
    }
  }
}

struct PackedTables {
  Tables tables;
  std::vector<int8_t> weights;
  mcu_packed op = {};
  int scratch = 0;
};

void Pack(const Case& c, mcu_op_kind kind, mcu_kernel* kernel, mcu_rounding rounding,
          PackedTables* p) {
  Fill(c, kind, rounding, &p->tables);
  mcu_scratch_shape shape = ScratchShape(c);
  shape.weight_bits = 4;
  const std::vector<int8_t>& all = p->tables.weights;
  const int channels = static_cast<int>(c.op.channels.size());
  const int values = static_cast<int>(all.size()) / channels;
  p->op = {p->tables.op, kernel, mcu_block_channels(kind, &shape), values,
           kind == MCU_OP_DEPTHWISE ? channels / c.input.channels : 0};
  ASSERT_EQ(values, mcu_channel_values(kind, &shape));
  ASSERT_GT(p->op.block_channels, 0);
  for (int first = 0; first < channels; first += p->op.block_channels) {
    const int last = std::min(channels, first + p->op.block_channels);
    AppendWords({all.begin() + first * values, all.begin() + last * values}, &p->weights);
  }
  p->op.op.weights = p->weights.data();
  p->scratch = mcu_scratch_bytes(kind, &shape);
}

void ExpectPacked(const Case& c, mcu_op_kind kind, mcu_kernel* kernel) {
  for (const mcu_rounding rounding : Roundings(c)) {
    PackedTables packed;
    Pack(c, kind, kernel, rounding, &packed);
    if (testing::Test::HasFatalFailure()) return;
    ExpectSegments(c, mcu_unpack, &packed.op, packed.scratch, rounding);
    if (testing::Test::HasFatalFailure()) return;
  }
}

class FourBitWindows : public testing::TestWithParam<int> {};

TEST_P(FourBitWindows, Conv) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    ExpectPacked(WithFourBits(RandomCase(seed, false, GetParam()), seed), MCU_OP_CONV, mcu_conv);
    if (HasFatalFailure()) return;
  }
}

TEST_P(FourBitWindows, Depthwise) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    const Case c = WithFourBits(RandomCase(seed, true, GetParam()), seed);
    ExpectPacked(c, MCU_OP_DEPTHWISE, DepthwiseKernel(c));
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, FourBitWindows, testing::Values(1, 2, 3, 4, 5, 7, 9));

// Blocks of many channels, of a single pair, an odd channel alone in the last one.
TEST(FourBitKernels, PointwiseOfEveryDepth) {
  for (const int depth : {1, 2, 3, 4, 5, 8, 27, 48, 255, 300, 1025, 2048}) {
    RandomStream random(static_cast<uint64_t>(depth), "pointwise case");
    Case c = RandomCase(static_cast<uint64_t>(depth), false, 1);
    c.op.padding = 0;
    c.op.dilation = 1;
    c.op.channels.resize(depth < 50 ? 61 : 7);
    for (model::Channel& channel : c.op.channels) channel = RandomChannel(&random, depth);
    for (int width = 1; width <= 9; width += 2) {
      c.input = RandomMap(&random, 3, width, depth);
      ExpectPacked(WithFourBits(c, 1), MCU_OP_POINTWISE, mcu_pointwise);
      if (HasFatalFailure()) return;
    }
  }
}

// 121: the last block holds one channel.
TEST(FourBitKernels, DepthwiseOfManyChannels) {
  for (const int channels : {64, 121, 358}) {
    const int kernel = channels == 121 ? 7 : 3;
    RandomStream random(static_cast<uint64_t>(channels), "wide case");
    Case c = RandomCase(static_cast<uint64_t>(channels), true, kernel);
    c.input = RandomMap(&random, 6, 7, channels);
    c.op.padding = kernel / 2;
    c.op.dilation = c.op.stride = 1;
    c.op.channels.clear();
    for (int i = 0; i < channels; ++i)
      c.op.channels.push_back(RandomChannel(&random, kernel * kernel));
    ExpectPacked(WithFourBits(c, 2), MCU_OP_DEPTHWISE, DepthwiseKernel(c));
    if (HasFatalFailure()) return;
  }
}

TEST(FourBitKernels, WindowsThatCannotBeUnpacked) {
  const mcu_scratch_shape deep = {1, 1, 1, 1, 2049, 8, 10, 4};
  EXPECT_EQ(mcu_block_channels(MCU_OP_POINTWISE, &deep), 0);
  const mcu_scratch_shape many = {9, 9, 1, 1, 1, 51, 10, 4};
  EXPECT_EQ(mcu_block_channels(MCU_OP_DEPTHWISE, &many), 0);
  const mcu_scratch_shape fewer = {9, 9, 1, 1, 1, 50, 10, 4};
  EXPECT_EQ(mcu_block_channels(MCU_OP_DEPTHWISE, &fewer), 50);
}

std::vector<int8_t> FullyConnectedWeights(const model::Operation& op) {
  std::vector<int8_t> packed;
  const size_t channels = op.channels.size(), depth = op.channels[0].weights.size();
  for (size_t c = 0; c < channels;) {
    const size_t together = channels - c >= 4 ? 4 : 2;
    std::vector<int8_t> values;
    for (size_t d = 0; d < depth; d += 4) {
      for (size_t i = c; i < c + together; ++i) {
        for (size_t k = d; k < d + 4; ++k)
          values.push_back(i < channels && k < depth ? op.channels[i].weights[k] : int8_t{0});
      }
    }
    AppendWords(values, &packed);
    c += together;
  }
  return packed;
}

TEST(FourBitKernels, FullyConnected) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    RandomStream random(seed, "fully connected case");
    Case c = RandomCase(seed, false, 1);
    c.op.stride = 1;
    c.op.padding = 0;
    // Now and then longer than what one run adds up.
    const int depth = seed % 20 == 0 ? 65533 + static_cast<int>(seed) / 10 : Pick(&random, 1, 70);
    c.input = RandomMap(&random, 1, 1, depth);
    for (model::Channel& channel : c.op.channels) channel = RandomChannel(&random, depth);
    c = WithFourBits(c, seed);
    // All products of one sign: the largest sums there are.
    if (seed == 20) {
      std::fill(c.input.values.begin(), c.input.values.end(), int8_t{-128});
      for (model::Channel& channel : c.op.channels)
        std::fill(channel.weights.begin(), channel.weights.end(), int8_t{-8});
    }
    for (const mcu_rounding rounding : Roundings(c)) {
      Tables tables;
      Fill(c, MCU_OP_FULLY_CONNECTED, rounding, &tables);
      const std::vector<int8_t> weights = FullyConnectedWeights(c.op);
      tables.op.weights = weights.data();
      ExpectSegments(c, mcu_fully_connected_4bit, &tables.op, 0, rounding);
      if (HasFatalFailure()) return;
    }
  }
}

}  // namespace
}  // namespace mcunas
