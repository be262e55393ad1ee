// The fused pass against ATen's operators one by one, forward and backward.
#include "supernet/internal/network_pass.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string_view>

#include "common/index.h"
#include "supernet/cpu/kernels.h"

namespace mcunas {
namespace {

constexpr double kTolerance = 1e-4;  // of the largest value
// Smaller ones count as this large: batch norm takes some gradients away but for rounding.
constexpr double kSmallest = 1;

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

void ExpectClose(const at::Tensor& actual, const at::Tensor& expected, const char* what) {
  ASSERT_EQ(actual.sizes(), expected.sizes()) << what;
  const double scale = std::max(kSmallest, expected.abs().max().item<double>());
  const double worst = (actual - expected).abs().max().item<double>();
  EXPECT_LT(worst / scale, kTolerance) << what << " at scale " << scale;
}

// Stem, one inverted bottleneck, a second one that adds its input where the first keeps its shape,
// pooling and classifier.
struct PassCase {
  int side = 8, kernel = 3, stride = 1;
  int channels = 8, hidden = 16;
  int images = 3;
  Activation activation = Activation::kRelu6;
};

std::ostream& operator<<(std::ostream& out, const PassCase& c) {
  return out << c.images << " images of " << c.side << ", kernel " << c.kernel << ", stride "
             << c.stride << ", " << c.channels << " and " << c.hidden << " channels";
}

class NetworkBuilder {
 public:
  explicit NetworkBuilder(Shape input) { network_.input = input; }

  int Add(OpKind kind, std::vector<int> inputs, int channels, Extent kernel = {},
          Extent stride = {}, Activation activation = Activation::kNone) {
    Operator op;
    op.kind = kind;
    op.inputs = std::move(inputs);
    op.in = network_.tensor_shape(op.inputs[0]);
    op.kernel = kernel;
    op.stride = stride;
    op.padding = CentredPadding(kernel);
    op.activation = activation;
    op.out = {(op.in.height - 1) / stride.height + 1, (op.in.width - 1) / stride.width + 1,
              channels};
    if (kind == OpKind::kGlobalAveragePool || kind == OpKind::kFullyConnected) {
      op.out = {1, 1, channels};
    }
    network_.operators.push_back(op);
    return network_.operator_count() - 1;
  }
  Network Take() { return std::move(network_); }

 private:
  Network network_;
};

Network Build(const PassCase& c) {
  NetworkBuilder net({c.side, c.side + 1, 3});
  const Extent window(c.kernel), stride(c.stride);
  int x = net.Add(OpKind::kConv, {kNetworkInput}, c.channels, Extent(3), Extent(1), c.activation);
  const int stem = x;
  x = net.Add(OpKind::kPointwise, {x}, c.hidden, {}, {}, c.activation);
  x = net.Add(OpKind::kDepthwise, {x}, c.hidden, window, stride, c.activation);
  x = net.Add(OpKind::kPointwise, {x}, c.channels);
  if (c.stride == 1) x = net.Add(OpKind::kAdd, {stem, x}, c.channels);
  // A block without expansion: window and addition read the same map.
  const int block = x;
  x = net.Add(OpKind::kDepthwise, {x}, c.channels, window, Extent(1), c.activation);
  x = net.Add(OpKind::kPointwise, {x}, c.channels);
  x = net.Add(OpKind::kAdd, {block, x}, c.channels);
  x = net.Add(OpKind::kPointwise, {x}, c.hidden, {}, {}, c.activation);
  x = net.Add(OpKind::kGlobalAveragePool, {x}, c.hidden);
  net.Add(OpKind::kFullyConnected, {x}, 5);
  return net.Take();
}

// Leaves as training leaves them: batch norm away from 1 and 0.
std::vector<LayerSlice> RandomSlices(const Network& network) {
  std::vector<LayerSlice> slices(network.operators.size());
  for (size_t i = 0; i < slices.size(); ++i) {
    const Operator& op = network.operators[i];
    const int64_t out = op.out.channels, in = op.in.channels, k = op.kernel.height;
    if (op.kind == OpKind::kConv) slices[i].weight = at::randn({out, k, k, in});
    if (op.kind == OpKind::kPointwise) slices[i].weight = at::randn({out, in});
    if (op.kind == OpKind::kDepthwise) slices[i].weight = at::randn({k, k, out});
    if (op.kind == OpKind::kFullyConnected) slices[i].weight = at::randn({out, in});
    if (!slices[i].weight.defined()) continue;
    slices[i].beta = at::randn({out}) * 0.5;
    if (op.kind != OpKind::kFullyConnected) slices[i].gamma = at::rand({out}) + 0.5;
  }
  return slices;
}

struct PassResult {
  at::Tensor logits;
  std::vector<at::Tensor> gradients;
};

template <typename Forward>
PassResult Differentiate(const Network& network, std::vector<LayerSlice> slices,
                         const at::Tensor& images, const Forward& forward) {
  std::vector<at::Tensor> leaves;
  for (LayerSlice& slice : slices) {
    for (at::Tensor* tensor : {&slice.weight, &slice.gamma, &slice.beta}) {
      if (!tensor->defined()) continue;
      *tensor = tensor->clone().requires_grad_(true);
      leaves.push_back(*tensor);
    }
  }
  PassResult result = {forward(network, slices, images), {}};
  result.logits.backward(at::cos(at::arange(result.logits.numel())).view(result.logits.sizes()));
  for (const at::Tensor& leaf : leaves) result.gradients.push_back(leaf.grad());
  return result;
}

void ExpectEqualsAten(const PassCase& c) {
  SCOPED_TRACE(testing::Message() << c);
  const Network network = Build(c);
  const std::vector<LayerSlice> slices = RandomSlices(network);
  const at::Tensor images = at::randn({c.images, c.side, c.side + 1, 3});
  ASSERT_TRUE(FusedPassApplies(network, images));
  const PassResult fused = Differentiate(network, slices, images, FusedTrainForward);
  const PassResult plain = Differentiate(network, slices, images, AtenTrainForward);
  ExpectClose(fused.logits, plain.logits, "logits");
  ASSERT_EQ(fused.gradients.size(), plain.gradients.size());
  for (size_t i = 0; i < plain.gradients.size(); ++i) {
    ExpectClose(fused.gradients[i], plain.gradients[i], "gradient");
  }
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
