#include <gtest/gtest.h>

#include <algorithm>

#include "common/hash.h"
#include "common/random.h"
#include "nas/space/architecture.h"
#include "nas/space/block_geometry.h"
#include "nas/space/enumerate.h"
#include "nas/space/lower.h"
#include "nas/space/space_config.h"
#include "nas/space/variation.h"
#include "network/hash_network.h"
#include "network/network.h"
#include "network/verify.h"
#include "small_spaces.h"

namespace mcunas {
namespace {

TEST(ScaledChannels, FollowsTheMobileNetRule) {
  EXPECT_EQ(ScaledChannels(16, 1.0, 4), 16);
  EXPECT_EQ(ScaledChannels(16, 0.5, 4), 8);
  EXPECT_EQ(ScaledChannels(24, 0.35, 8), 8);  // 8.4 -> 8
  EXPECT_EQ(ScaledChannels(3, 0.1, 4), 4);    // never below one multiple
  EXPECT_EQ(ScaledChannels(10, 1.0, 8), 16);  // 8 would be below 90 % of 10
  EXPECT_EQ(ScaledChannels(10, 1.0, 4), 12);  // halves round up
  EXPECT_EQ(ScaledChannels(7, 1.0, 1), 7);
}

TEST(ScaledChannels, IsAlwaysALegalCount) {
  for (int64_t channels = 1; channels < 300; channels += 7) {
    for (const double width : {0.1, 0.35, 0.5, 0.75, 1.0, 1.4}) {
      for (const int64_t multiple : {1, 4, 8}) {
        const int scaled = ScaledChannels(channels, width, multiple);
        EXPECT_EQ(scaled % multiple, 0);
        EXPECT_GE(scaled, 0.9 * channels * width - 1e-9);
        EXPECT_LE(scaled, std::max<double>(multiple, channels * width + multiple));
      }
    }
  }
}

TEST(Blocks, CarryEveryNumber) {
  const SpaceConfig space = TinySpace();
  const auto blocks = Blocks(space, {32, 1.0, {{{3, 4}, {5, 4}}, {{5, 4}}}});
  ASSERT_EQ(blocks.size(), 3u);
  EXPECT_EQ(blocks[0].in_channels, 8);
  EXPECT_EQ(blocks[0].hidden_channels, 32);
  EXPECT_EQ(blocks[0].out_channels, 16);
  EXPECT_EQ(blocks[0].stride, 2);
  EXPECT_FALSE(blocks[0].residual);
  EXPECT_EQ(blocks[1].in_channels, 16);
  EXPECT_EQ(blocks[1].hidden_channels, 64);
  EXPECT_EQ(blocks[1].choice.kernel, 5);
  EXPECT_EQ(blocks[1].stride, 1);
  EXPECT_TRUE(blocks[1].residual);
  EXPECT_EQ(blocks[2].stage, 1);
  EXPECT_EQ(blocks[2].index, 0);
  EXPECT_EQ(blocks[2].out_channels, 24);
}

TEST(Lower, BuildsInvertedBottlenecks) {
  const Network network = Lower(TinySpace(), {3, 10}, {32, 1.0, {{{3, 4}, {5, 4}}, {{5, 4}}}});
  ASSERT_TRUE(VerifyNetwork(network).ok());
  std::vector<OpKind> kinds;
  for (const Operator& op : network.operators) kinds.push_back(op.kind);
  using enum OpKind;
  EXPECT_EQ(kinds, (std::vector<OpKind>{kConv, kPointwise, kDepthwise, kPointwise,  // stride 2
                                        kPointwise, kDepthwise, kPointwise, kAdd,   // residual
                                        kPointwise, kDepthwise, kPointwise,         // next stage
                                        kGlobalAveragePool, kFullyConnected}));
  EXPECT_EQ(network.input, (Shape{32, 32, 3}));
  EXPECT_EQ(network.operators[0].kernel, 3);
  EXPECT_EQ(network.operators[0].activation, Activation::kRelu6);
  EXPECT_EQ(network.operators[2].out, (Shape{16, 16, 32}));
  EXPECT_EQ(network.operators[3].activation, Activation::kNone);
  EXPECT_EQ(network.operators[7].inputs, (std::vector<int>{6, 3}));
  EXPECT_EQ(network.operators[10].out, (Shape{8, 8, 24}));
  EXPECT_EQ(network.output(), (Shape{1, 1, 10}));
}

TEST(Lower, ExpansionOneHasNoExpandingConvolution) {
  SpaceConfig space = OnePoint();
  space.expand = {1};
  const Network network = Lower(space, {1, 2}, Smallest(space));
  EXPECT_EQ(network.operators[1].kind, OpKind::kDepthwise);
  EXPECT_EQ(network.operators[1].out.channels, 8);
}

TEST(Lower, HeadAndStemAreConfigurable) {
  SpaceConfig space = OnePoint();
  space.head_channels = 64;
  space.stem_stride = 2;
  const Network network = Lower(space, {3, 5}, Smallest(space));
  EXPECT_EQ(network.operators[0].out, (Shape{8, 8, 8}));
  const Operator& head = network.operators[network.operators.size() - 3];
  EXPECT_EQ(head.kind, OpKind::kPointwise);
  EXPECT_EQ(head.out.channels, 64);
  EXPECT_EQ(head.activation, Activation::kRelu6);
}

TEST(Lower, EveryArchitectureIsAValidNetwork) {
  SpaceConfig space;
  space.width = {0.1, 0.35, 1.0, 1.4};
  space.resolution = {8, 9, 31, 48};  // odd maps too
  space.expand = {1, 3, 6};
  space.head_channels = 100;
  RandomStream random(5, "lower");
  for (int i = 0; i < 500; ++i) {
    const Architecture a = Sample(space, &random);
    const Network network = Lower(space, {3, 10}, a);
    const auto verified = VerifyNetwork(network);
    ASSERT_TRUE(verified.ok()) << verified.error().message << "\n" << ArchitectureToJson(a);
    for (const Operator& op : network.operators) {
      if (op.kind != OpKind::kFullyConnected) {
        ASSERT_EQ(op.out.channels % 4, 0);
      }
    }
  }
}

TEST(Lower, DifferentGenotypesGiveDifferentNetworks) {
  std::vector<Hash128> hashes;
  const auto all = Enumerate(TinySpace(), 1000);
  for (const Architecture& a : *all) {
    hashes.push_back(NetworkHash(Lower(TinySpace(), {}, a)));
  }
  std::sort(hashes.begin(), hashes.end());
  EXPECT_EQ(std::adjacent_find(hashes.begin(), hashes.end()), hashes.end());
}

}  // namespace
}  // namespace mcunas
