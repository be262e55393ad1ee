// The CPU kernels against ATen's own operators, forward and backward.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <string_view>

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

Operator Depthwise(int kernel, int stride) {
  Operator op;
  op.kind = OpKind::kDepthwise;
  op.kernel = Extent(kernel);
  op.stride = Extent(stride);
  op.padding = Padding((kernel - 1) / 2);
  return op;
}

void ExpectDepthwiseEqualsAten(int kernel, int stride, const at::Tensor& x) {
  SCOPED_TRACE(testing::Message() << "kernel " << kernel << ", stride " << stride << ", "
                                  << x.sizes());
  Operator op = Depthwise(kernel, stride);
  op.in.channels = static_cast<int>(x.size(3));
  ASSERT_TRUE(HasFastDepthwise(op));
  const at::Tensor w = at::randn({kernel, kernel, x.size(3)});
  const at::Tensor x1 = Leaf(x), w1 = Leaf(w), x2 = Leaf(x), w2 = Leaf(w);
  const at::Tensor fast = FastDepthwise(op, x1, w1), reference = Convolve(op, x2, w2);
  ExpectClose(fast, reference, 1e-5);
  const at::Tensor gradient = at::randn(reference.sizes());
  fast.backward(gradient);
  reference.backward(gradient);
  ExpectClose(x1.grad(), x2.grad(), 1e-5);
  ExpectClose(w1.grad(), w2.grad(), 1e-5);
}

// Maps of one pixel and smaller than the window, odd sides, channels below, at and beyond a whole
// number of vectors.
TEST(FastDepthwise, EqualsAten) {
  at::manual_seed(1);
  for (const int kernel : {3, 5, 7}) {
    for (const int stride : {1, 2}) {
      for (const int64_t side : {1, 2, 3, 8, 13}) {
        for (const int64_t channels : {1, 4, 7, 16, 33}) {
          const at::Tensor x = at::randn({3, side, side + channels % 2, channels});
          ExpectDepthwiseEqualsAten(kernel, stride, x);
        }
      }
    }
  }
}

// Whatever lies in memory that was not asked for, it must not come through as 0 * NaN.
TEST(FastDepthwise, ReadsNoMemoryThatItDidNotWrite) {
  for (int i = 0; i < 8; ++i) at::full({1 << (2 * i)}, NAN);
  ExpectDepthwiseEqualsAten(5, 2, at::ones({1, 5, 5, 9}));
  ExpectDepthwiseEqualsAten(3, 1, at::ones({1, 5, 5, 9}));
}

TEST(FastDepthwise, TakesSquareWindowsOfThreeToSevenAlone) {
  EXPECT_TRUE(HasFastDepthwise(Depthwise(7, 2)));
  EXPECT_FALSE(HasFastDepthwise(Depthwise(9, 1)));
  EXPECT_FALSE(HasFastDepthwise(Depthwise(3, 3)));
  EXPECT_FALSE(HasFastDepthwise(Depthwise(1, 1)));
}

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

// Outputs and all gradients of `run`, which gets leaves made of `values`.
template <typename Run>
std::vector<at::Tensor> WithThreads(int threads, const std::vector<at::Tensor>& values,
                                    const Run& run) {
  const int before = at::get_num_threads();
  at::set_num_threads(threads);
  std::vector<at::Tensor> leaves;
  for (const at::Tensor& value : values) leaves.push_back(Leaf(value));
  const at::Tensor out = run(leaves);
  out.backward(at::cos(out.detach()));
  at::set_num_threads(before);
  std::vector<at::Tensor> results = {out.detach()};
  for (const at::Tensor& leaf : leaves) results.push_back(leaf.grad());
  return results;
}

TEST(FastOps, DoNotDependOnThreads) {
  at::manual_seed(4);
  const at::Tensor x = at::randn({37, 9, 9, 20});
  const auto check = [](const std::vector<at::Tensor>& values, const auto& run) {
    const std::vector<at::Tensor> one = WithThreads(1, values, run),
                                  two = WithThreads(2, values, run);
    for (size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(at::equal(one[i], two[i])) << i;
  };
  check({x, at::rand({20}), at::randn({20})}, [](const std::vector<at::Tensor>& leaves) {
    return FastBatchNormActivation(leaves[0], leaves[1], leaves[2], Activation::kRelu6);
  });
  check({x, at::randn({5, 5, 20})}, [](const std::vector<at::Tensor>& leaves) {
    return FastDepthwise(Depthwise(5, 2), leaves[0], leaves[1]);
  });
}

}  // namespace
}  // namespace mcunas
