// Losses of distillation: values by their definitions, gradients against finite differences.
#include "supernet/internal/losses.h"

#include <gtest/gtest.h>

#include <cmath>

#include "common/random.h"

namespace mcunas {
namespace {

constexpr int64_t kImages = 6, kClasses = 4;
constexpr Distillation kBoth[] = {Distillation::kInplace, Distillation::kAlpha};

at::Tensor Logits(const std::string& name, double spread = 1) {
  at::Tensor logits = at::zeros({kImages, kClasses}, at::kDouble);
  RandomStream random(3, "logits", name);
  for (int64_t i = 0; i < logits.numel(); ++i) logits.data_ptr<double>()[i] = random.Normal();
  return logits * spread;
}

// One image, two classes.
at::Tensor OfTwo(double first, double second) {
  at::Tensor logits = at::zeros({1, 2}, at::kDouble);
  logits.data_ptr<double>()[0] = first;
  logits.data_ptr<double>()[1] = second;
  return logits;
}

at::Tensor Gradient(Distillation distill, double temperature, const at::Tensor& outputs,
                    const at::Tensor& teacher) {
  const at::Tensor leaf = outputs.clone().requires_grad_(true);
  DistillationLoss(distill, temperature, leaf, teacher).backward();
  return leaf.grad();
}

double Value(Distillation distill, double temperature, const at::Tensor& outputs,
             const at::Tensor& teacher) {
  return DistillationLoss(distill, temperature, outputs, teacher).item<double>();
}

TEST(DistillationLoss, GradientsAreThoseOfFiniteDifferences) {
  const at::Tensor teacher = Logits("teacher", 0.4);
  for (const Distillation distill : kBoth) {
    for (const double temperature : {0.7, 1.0, 4.0}) {
      const at::Tensor outputs = Logits("student", 0.3);  // near enough that no ratio is clipped
      const at::Tensor gradient = Gradient(distill, temperature, outputs, teacher);
      for (int64_t i = 0; i < outputs.numel(); ++i) {
        constexpr double kStep = 1e-5;
        at::Tensor more = outputs.clone(), less = outputs.clone();
        more.data_ptr<double>()[i] += kStep;
        less.data_ptr<double>()[i] -= kStep;
        const double slope = (Value(distill, temperature, more, teacher) -
                              Value(distill, temperature, less, teacher)) /
                             (2 * kStep);
        EXPECT_NEAR(gradient.data_ptr<double>()[i], slope, 1e-7) << i << " at " << temperature;
      }
    }
  }
}

// Both sums by hand, so that the definition stands here once more.
TEST(DistillationLoss, AlphaIsTheLargerOfTwoDivergences) {
  int above = 0;
  for (int trial = 0; trial < 20; ++trial) {
    const at::Tensor teacher = Logits("t" + std::to_string(trial), 0.3).slice(0, 0, 1);
    const at::Tensor outputs = Logits("s" + std::to_string(trial), 0.3).slice(0, 0, 1);
    const at::Tensor p = at::softmax(teacher, 1), q = at::softmax(outputs, 1);
    const double minus_one = 0.5 * ((q * q / p).sum().item<double>() - 1);
    const double one = (p * (p / q).log()).sum().item<double>();
    above += minus_one > one;
    EXPECT_NEAR(Value(Distillation::kAlpha, 1, outputs, teacher), std::max(minus_one, one), 1e-12);
  }
  EXPECT_GT(above, 0);
  EXPECT_LT(above, 20);
}

TEST(DistillationLoss, NothingIsLeftToLearnFromAnEqualTeacher) {
  const at::Tensor teacher = Logits("teacher", 3);
  for (const Distillation distill : kBoth)
    EXPECT_LT(Gradient(distill, 2, teacher, teacher).abs().max().item<double>(), 1e-12);
  EXPECT_NEAR(Value(Distillation::kAlpha, 2, teacher, teacher), 0, 1e-12);
}

// Without clipping the first gradient would be near 1e8.
TEST(DistillationLoss, ASureStudentMeetsABoundedGradient) {
  const at::Tensor teacher = OfTwo(0.0, 20.0);
  const at::Tensor outputs = OfTwo(0.3, 0.0);
  const at::Tensor gradient = Gradient(Distillation::kAlpha, 1, outputs, teacher);
  EXPECT_LE(gradient.abs().max().item<double>(), 5.0);
  EXPECT_GT(gradient.abs().max().item<double>(), 0.1);
  const at::Tensor far = OfTwo(2000.0, 0.0);
  EXPECT_TRUE(Gradient(Distillation::kAlpha, 1, far, -far).isfinite().all().item<bool>());
}

TEST(DistillationLoss, GradientsKeepTheirSizeAtHighTemperatures) {
  const at::Tensor teacher = Logits("teacher"), outputs = Logits("student");
  for (const Distillation distill : kBoth) {
    const double warm = Gradient(distill, 20, outputs, teacher).norm().item<double>();
    const double hot = Gradient(distill, 40, outputs, teacher).norm().item<double>();
    EXPECT_NEAR(warm / hot, 1, 0.1);
  }
}

}  // namespace
}  // namespace mcunas
