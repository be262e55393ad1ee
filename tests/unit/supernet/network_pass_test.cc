// The fused pass against ATen's operators one by one, forward and backward.
#include "supernet/internal/network_pass.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string_view>

#include "network/network_builder.h"
#include "supernet/cpu/kernels.h"
#include "tests/unit/supernet/pass_operands.h"

namespace mcunas {
namespace {

// ctest runs this file once per instruction set; a processor without it has nothing to show.
class InstructionSet : public testing::Environment {
  void SetUp() override {
    const char* wish = std::getenv("MCUNAS_CPU_KERNELS");
    if (wish != nullptr && Kernels().name != std::string_view(wish)) {
      GTEST_SKIP() << "this processor does not run " << wish;
    }
  }
};
const testing::Environment* const kInstructionSet =
    testing::AddGlobalTestEnvironment(new InstructionSet);

// Stem, one inverted bottleneck, a second one that adds its input where the first keeps its shape,
// pooling and classifier.
Network Build(const PassCase& c) {
  NetworkBuilder net("pass", {c.side, c.side + 1, 3});
  const Extent window(c.kernel), stride(c.stride);
  const int stem = net.Conv(kNetworkInput, c.channels, Extent(3), Extent(1), c.activation);
  int x = net.Pointwise(stem, c.hidden, c.activation);
  x = net.Depthwise(x, window, stride, c.activation);
  x = net.Pointwise(x, c.channels, Activation::kNone);
  if (c.stride == 1) x = net.Add(stem, x);
  // A block without expansion: window and addition read the same map.
  const int block = x;
  x = net.Depthwise(x, window, Extent(1), c.activation);
  x = net.Pointwise(x, c.channels, Activation::kNone);
  x = net.Add(block, x);
  x = net.Pointwise(x, c.hidden, c.activation);
  x = net.GlobalAveragePool(x);
  net.FullyConnected(x, 5);
  return std::move(net).Finish();
}

void ExpectEqualsAten(const PassCase& c) {
  SCOPED_TRACE(testing::Message() << c);
  const Network network = Build(c);
  ExpectFusedEqualsAten(network, at::randn({c.images, c.side, c.side + 1, 3}));
}

// Maps smaller than the window, odd sides, channels below, at and beyond whole vectors and panels.
TEST(NetworkPass, EqualsAten) {
  at::manual_seed(1);
  for (const int kernel : {3, 5, 7}) {
    for (const int stride : {1, 2}) {
      for (const int side : {2, 3, 8, 13}) {
        ExpectEqualsAten({.side = side, .kernel = kernel, .stride = stride, .images = 5});
      }
      for (const int channels : {1, 3, 5, 12, 17, 33}) {
        ExpectEqualsAten({.side = 6,
                          .kernel = kernel,
                          .stride = stride,
                          .channels = channels,
                          .hidden = 2 * channels + 1});
      }
    }
  }
}

TEST(NetworkPass, EqualsAtenOnOnePixelAndOnManyParts) {
  at::manual_seed(2);
  ExpectEqualsAten({.side = 1, .kernel = 5, .images = 40});
  ExpectEqualsAten(
      {.side = 16, .kernel = 5, .stride = 2, .channels = 24, .hidden = 96, .images = 37});
  ExpectEqualsAten({.side = 9, .images = 11, .activation = Activation::kRelu});
}

TEST(NetworkPass, DoesNotDependOnThreads) {
  at::manual_seed(3);
  const PassCase c = {
      .side = 9, .kernel = 5, .stride = 2, .channels = 20, .hidden = 36, .images = 37};
  const Network network = Build(c);
  const std::vector<LayerSlice> slices = RandomSlices(network);
  const at::Tensor images = at::randn({c.images, c.side, c.side + 1, 3});
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const PassResult one = Differentiate(network, slices, images, FusedTrainForward);
  at::set_num_threads(2);
  const PassResult two = Differentiate(network, slices, images, FusedTrainForward);
  at::set_num_threads(before);
  EXPECT_TRUE(at::equal(one.logits, two.logits));
  for (size_t i = 0; i < one.gradients.size(); ++i) {
    EXPECT_TRUE(at::equal(one.gradients[i], two.gradients[i])) << i;
  }
}

// Deviations that are small against the mean keep their digits.
TEST(NetworkPass, StatisticsSurviveALargeMean) {
  at::manual_seed(4);
  const Network network = Build({.side = 16, .images = 8});
  const std::vector<LayerSlice> slices = RandomSlices(network);
  const at::Tensor images = at::randn({8, 16, 17, 3}) * 0.01 + 1000;
  const BatchNormStatistics stem = FusedStatistics(network, slices, images)[0];
  const at::Tensor nchw = images.permute({0, 3, 1, 2}).to(at::kDouble);
  const at::Tensor weight = slices[0].weight.permute({0, 3, 1, 2}).to(at::kDouble);
  const at::Tensor sums = at::conv2d(nchw, weight, {}, 1, 1);
  ExpectClose(stem.mean, sums.mean({0, 2, 3}).to(at::kFloat), "mean");
  const at::Tensor ratio = stem.variance / sums.var({0, 2, 3}, /*unbiased=*/false);
  EXPECT_LT((ratio - 1).abs().max().item<double>(), 0.05);
}

TEST(NetworkPass, LeavesToAtenWhatItHasNoKernelsFor) {
  const at::Tensor images = at::zeros({1, 8, 9, 3});
  const Network good = Build({});
  EXPECT_TRUE(FusedPassApplies(good, images));
  EXPECT_FALSE(FusedPassApplies(good, images.to(at::kDouble)));
  EXPECT_FALSE(FusedPassApplies(good, images.permute({0, 2, 1, 3})));
  EXPECT_FALSE(FusedPassApplies(Build({.kernel = 9}), images));
  EXPECT_FALSE(FusedPassApplies(Build({.stride = 3}), images));
  EXPECT_FALSE(FusedPassApplies(Build({.activation = Activation::kReluN1To1}), images));
  Network uneven = good;
  uneven.op(2).kernel = {3, 5};
  EXPECT_FALSE(FusedPassApplies(uneven, images));
}

}  // namespace
}  // namespace mcunas
