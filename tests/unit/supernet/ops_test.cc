// Operators of a network by ATen.
#include "supernet/internal/ops.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace mcunas {
namespace {

void ExpectClose(const at::Tensor& actual, const at::Tensor& expected, double tolerance) {
  ASSERT_EQ(actual.sizes(), expected.sizes());
  const double scale = expected.abs().max().item<double>() + 1e-6;
  const double worst = (actual - expected).abs().max().item<double>();
  EXPECT_LT(worst / scale, tolerance) << "largest difference " << worst << " at scale " << scale;
}

// As plain loops compute it.
TEST(Convolve, TakesWindowsThatAreNotSquare) {
  Operator op;
  op.kind = OpKind::kDepthwise;
  op.kernel = {3, 5};
  op.stride = {2, 1};
  op.padding = CentredPadding(op.kernel);
  op.in = {7, 9, 4};
  op.out = {4, 9, 4};
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

}  // namespace
}  // namespace mcunas
