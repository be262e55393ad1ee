// The CPU kernels against ATen's own operators, forward and backward.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "supernet/cpu/kernels.h"
#include "supernet/internal/fast_ops.h"
#include "supernet/internal/ops.h"

namespace mcunas {
namespace {

at::Tensor Leaf(const at::Tensor& values) { return values.clone().requires_grad_(true); }

void ExpectClose(const at::Tensor& actual, const at::Tensor& expected, double tolerance) {
  ASSERT_EQ(actual.sizes(), expected.sizes());
  const double scale = expected.abs().max().item<double>() + 1e-6;
  const double worst = (actual - expected).abs().max().item<double>();
  EXPECT_LT(worst / scale, tolerance) << "largest difference " << worst << " at scale " << scale;
}

struct DepthwiseCase {
  int side, channels, kernel, stride;
};

class DepthwiseTest : public testing::TestWithParam<DepthwiseCase> {};

TEST_P(DepthwiseTest, BackwardEqualsAten) {
  const DepthwiseCase c = GetParam();
  at::manual_seed(1);
  Operator op;
  op.kind = OpKind::kDepthwise;
  op.kernel = Extent(c.kernel);
  op.stride = Extent(c.stride);
  op.padding = Padding((c.kernel - 1) / 2);
  op.in = {c.side, c.side + 1, c.channels};
  const at::Tensor x = at::randn({3, c.side, c.side + 1, c.channels});
  const at::Tensor w = at::randn({c.kernel, c.kernel, c.channels});
  const at::Tensor x1 = Leaf(x), w1 = Leaf(w), x2 = Leaf(x), w2 = Leaf(w);
  const at::Tensor fast = FastDepthwise(op, x1, w1), reference = Convolve(op, x2, w2);
  ExpectClose(fast, reference, 1e-5);
  const at::Tensor gradient = at::randn(reference.sizes());
  fast.backward(gradient);
  reference.backward(gradient);
  ExpectClose(x1.grad(), x2.grad(), 1e-5);
  ExpectClose(w1.grad(), w2.grad(), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Shapes, DepthwiseTest,
                         testing::Values(DepthwiseCase{9, 16, 3, 1}, DepthwiseCase{8, 20, 3, 2},
                                         DepthwiseCase{7, 36, 5, 1}, DepthwiseCase{10, 4, 5, 2},
                                         DepthwiseCase{7, 33, 7, 1}, DepthwiseCase{11, 48, 7, 2},
                                         DepthwiseCase{2, 12, 7, 1}, DepthwiseCase{1, 8, 3, 1}));

// No kernel of ours is made for it: ATen's, as plain loops compute it.
TEST(Convolve, TakesWindowsThatAreNotSquare) {
  Operator op;
  op.kind = OpKind::kDepthwise;
  op.kernel = {3, 5};
  op.stride = {2, 1};
  op.padding = CentredPadding(op.kernel);
  op.in = {7, 9, 4};
  op.out = {4, 9, 4};
  EXPECT_FALSE(HasFastDepthwise(op));
  const at::Tensor x = at::arange(7 * 9 * 4).to(at::kFloat).remainder(11).view({1, 7, 9, 4});
  const at::Tensor w = at::arange(3 * 5 * 4).to(at::kFloat).remainder(7).view({3, 5, 4});
  const at::Tensor y = Convolve(op, x, w);
  ASSERT_EQ(y.sizes(), at::IntArrayRef({1, 4, 9, 4}));
  const auto pixel = [&](int64_t row, int64_t column) {
    at::Tensor sum = at::zeros({4});
    for (int64_t i = 0; i < 15; ++i) {
      const int64_t r = row * 2 - 1 + i / 5, c = column - 2 + i % 5;
      if (r >= 0 && r < 7 && c >= 0 && c < 9) sum += x[0][r][c] * w[i / 5][i % 5];
    }
    return sum;
  };
  for (int64_t i = 0; i < 36; ++i) ExpectClose(y[0][i / 9][i % 9], pixel(i / 9, i % 9), 1e-6);
}

struct NormCase {
  int64_t rows, channels;
  Activation activation;
};

class BatchNormTest : public testing::TestWithParam<NormCase> {};

at::Tensor Reference(const at::Tensor& x, const at::Tensor& gamma, const at::Tensor& beta,
                     Activation activation) {
  const at::Tensor y =
      at::batch_norm(x.permute({0, 3, 1, 2}), gamma, beta, {}, {}, true, 0, 1e-5, false);
  return Activate(y.permute({0, 2, 3, 1}), activation);
}

TEST_P(BatchNormTest, EqualsAten) {
  const NormCase c = GetParam();
  at::manual_seed(2);
  // A mean far from zero shows whether the variance loses digits.
  const at::Tensor x = at::randn({2, c.rows, 3, c.channels}) * 2 + 30;
  const at::Tensor gamma = at::randn({c.channels}) * 2 + 3, beta = at::randn({c.channels});
  const at::Tensor x1 = Leaf(x), g1 = Leaf(gamma), b1 = Leaf(beta);
  const at::Tensor x2 = Leaf(x), g2 = Leaf(gamma), b2 = Leaf(beta);
  const at::Tensor fast = FastBatchNormActivation(x1, g1, b1, c.activation);
  const at::Tensor reference = Reference(x2, g2, b2, c.activation);
  ExpectClose(fast, reference, 1e-5);
  const at::Tensor gradient = at::randn(x.sizes());
  fast.backward(gradient);
  reference.backward(gradient);
  ExpectClose(x1.grad(), x2.grad(), 1e-4);
  ExpectClose(g1.grad(), g2.grad(), 1e-4);
  ExpectClose(b1.grad(), b2.grad(), 1e-4);
}

INSTANTIATE_TEST_SUITE_P(Shapes, BatchNormTest,
                         testing::Values(NormCase{40, 16, Activation::kRelu6},
                                         NormCase{33, 12, Activation::kRelu6},
                                         NormCase{57, 20, Activation::kNone},
                                         NormCase{1, 96, Activation::kRelu},
                                         NormCase{301, 5, Activation::kRelu6}));

TEST(FastMoments, SurviveALargeMean) {
  at::manual_seed(3);
  const at::Tensor x = at::randn({4, 16, 16, 24}) * 0.01 + 1000;
  const auto [mean, variance] = FastMoments(x);
  const auto [expected, expected_mean] =
      at::var_mean(x.to(at::kDouble), at::IntArrayRef({0, 1, 2}), false);
  ExpectClose(mean, expected_mean.to(at::kFloat), 1e-6);
  ExpectClose(variance, expected.to(at::kFloat), 0.02);
}

TEST(FastOps, DoNotDependOnThreads) {
  at::manual_seed(4);
  const at::Tensor x = at::randn({16, 9, 9, 20}), gamma = at::rand({20}), beta = at::randn({20});
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const at::Tensor one = FastBatchNormActivation(x, gamma, beta, Activation::kRelu6);
  at::set_num_threads(2);
  const at::Tensor two = FastBatchNormActivation(x, gamma, beta, Activation::kRelu6);
  at::set_num_threads(before);
  EXPECT_TRUE(at::equal(one, two));
}

}  // namespace
}  // namespace mcunas
