// The process against dense algebra that shares nothing with it but the kernel's definition.
#include "nas/search/bayes/gaussian_process.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>

#include "common/random.h"
#include "nas/search/bayes/kernel_choice.h"
#include "nas/search/bayes/posterior.h"

namespace mcunas {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr KernelParameters kKernels[] = {{0, 0.15, 1e-3}, {0.5, 0.45, 1e-2}, {0.9, 1.3, 8e-2}};

// Levels of three, as genes are.
MatrixXd Points(Index coordinates, Index count, RandomStream* random) {
  MatrixXd points(coordinates, count);
  for (Index i = 0; i < points.size(); ++i) {
    points.data()[i] = static_cast<double>(random->Below(3)) / 2;
  }
  return points;
}

VectorXd Normals(Index count, RandomStream* random) {
  VectorXd values(count);
  for (double& value : values) value = random->Normal();
  return values;
}

double Kernel(const KernelParameters& k, const VectorXd& x, const VectorXd& y) {
  double distance = 0, product = 0;
  for (Index i = 0; i < x.size(); ++i) {
    distance += std::abs(x[i] - y[i]);
    product += x[i] * y[i];
  }
  return k.linear * (product / static_cast<double>(x.size()) + 0.5) +
         (1 - k.linear) * std::exp(-k.rate * distance);
}

MatrixXd Dense(const KernelParameters& k, const MatrixXd& a, const MatrixXd& b) {
  MatrixXd dense(a.cols(), b.cols());
  for (Index i = 0; i < a.cols(); ++i) {
    for (Index j = 0; j < b.cols(); ++j) dense(i, j) = Kernel(k, a.col(i), b.col(j));
  }
  return dense;
}

// Means and variances by the inverse of the whole matrix.
struct Reference {
  VectorXd means, variances;
  double log_likelihood = 0;
};

Reference Solve(const KernelParameters& k, const MatrixXd& x, const VectorXd& y,
                const MatrixXd& at) {
  const double n = static_cast<double>(x.cols());
  const MatrixXd noisy = Dense(k, x, x) + k.noise * MatrixXd::Identity(x.cols(), x.cols());
  const MatrixXd inverse = noisy.fullPivLu().inverse();
  const MatrixXd cross = Dense(k, x, at);
  const double variance = y.dot(inverse * y) / n;
  Reference reference;
  reference.means = cross.transpose() * inverse * y;
  reference.variances =
      variance * (Dense(k, at, at) - cross.transpose() * inverse * cross).diagonal();
  const MatrixXd covariance = variance * noisy;
  reference.log_likelihood =
      -0.5 * (y.dot(covariance.fullPivLu().inverse() * y) +
              std::log(covariance.fullPivLu().determinant()) + n * std::log(2 * M_PI));
  return reference;
}

TEST(GaussianProcess, IsTheDenseSolution) {
  for (const KernelParameters& kernel : kKernels) {
    for (const Index observations : {1, 2, 7, 30}) {
      RandomStream random(static_cast<uint64_t>(observations), "dense");
      const MatrixXd x = Points(9, observations, &random), at = Points(9, 12, &random);
      const VectorXd y = Normals(observations, &random);
      GaussianProcess process(kernel);
      process.Add(x);
      process.SetTargets(y);
      Posterior posterior;
      posterior.Append(process, at);
      const Reference reference = Solve(kernel, x, y, at);
      EXPECT_LT((posterior.means() - reference.means).norm(), 1e-8);
      EXPECT_LT((posterior.variances() - reference.variances).norm(), 1e-8);
      EXPECT_NEAR(process.LogLikelihood(), reference.log_likelihood, 1e-7);
    }
  }
}

TEST(GaussianProcess, GrowsToWhatItWouldBeAtOnce) {
  RandomStream random(5, "growth");
  const MatrixXd x = Points(6, 40, &random), at = Points(6, 25, &random);
  const VectorXd y = Normals(40, &random);
  GaussianProcess whole(kKernels[1]), grown(kKernels[1]);
  whole.Add(x);
  whole.SetTargets(y);
  Posterior once, step_by_step;
  once.Append(whole, at);
  for (Index first = 0; first < 40; first += 8) {
    grown.Add(x.middleCols(first, 8));
    grown.SetTargets(y.head(first + 8));
    if (step_by_step.size() > 0) step_by_step.Update(grown);
    step_by_step.Append(grown, at.middleCols(first / 8 * 5, 5));
  }
  EXPECT_LT((once.means() - step_by_step.means()).norm(), 1e-9);
  EXPECT_LT((once.variances() - step_by_step.variances()).norm(), 1e-9);
  EXPECT_NEAR(whole.LogLikelihood(), grown.LogLikelihood(), 1e-9);
}

TEST(GaussianProcess, InterpolatesWhereThereIsLittleNoise) {
  RandomStream random(6, "interpolate");
  const MatrixXd x = Points(12, 20, &random);
  const VectorXd y = Normals(20, &random);
  GaussianProcess process({0, 1.3, 1e-9});
  process.Add(x);
  process.SetTargets(y);
  Posterior posterior;
  posterior.Append(process, x);
  EXPECT_LT((posterior.means() - y).cwiseAbs().maxCoeff(), 1e-5);
  EXPECT_LT(posterior.variances().maxCoeff(), 1e-6);
}

TEST(GaussianProcess, LearnsALinearFunctionBeyondItsObservations) {
  RandomStream random(7, "linear");
  const MatrixXd x = Points(8, 30, &random) * 0.5, at = Points(8, 20, &random);
  VectorXd slope = Normals(8, &random);
  GaussianProcess process({0.9, 0.05, 1e-3});
  process.Add(x);
  process.SetTargets(x.transpose() * slope);
  const VectorXd truth = at.transpose() * slope;
  const VectorXd guess = process.Means(process.Whiten(at));
  EXPECT_LT((guess - truth).norm(), 0.15 * truth.norm());
}

TEST(GaussianProcess, StandsEqualPointsAndEqualTargets) {
  const MatrixXd x = MatrixXd::Constant(4, 50, 0.5);
  GaussianProcess process({0.5, 0.15, 1e-3});
  process.Add(x);
  process.SetTargets(VectorXd::Zero(50));
  EXPECT_EQ(process.variance(), GaussianProcess::kLeastVariance);
  Posterior posterior;
  posterior.Append(process, MatrixXd::Random(4, 3));
  EXPECT_TRUE(posterior.means().allFinite());
  EXPECT_TRUE(posterior.variances().allFinite());
  VectorXd y = VectorXd::Zero(50);
  y.head(25).setConstant(1);  // two answers to one question
  process.SetTargets(y);
  posterior.Update(process);
  EXPECT_NEAR(process.Means(process.Whiten(x))[0], 0.5, 0.01);
}

TEST(CholeskyFactor, HelpsAMatrixThatIsSingular) {
  const MatrixXd singular = MatrixXd::Ones(5, 5);
  const MatrixXd factor = CholeskyFactor(singular);
  EXPECT_LT((factor * factor.transpose() - singular).norm(), 1e-6);
}

// Believing is observing the mean: the same as a process that was told so, but for the variance of
// the process, which beliefs leave alone.
TEST(Posterior, BelievesAsIfItHadBeenTold) {
  RandomStream random(8, "believe");
  const MatrixXd x = Points(7, 25, &random), at = Points(7, 15, &random);
  const VectorXd y = Normals(25, &random);
  GaussianProcess process(kKernels[1]);
  process.Add(x);
  process.SetTargets(y);
  Posterior posterior;
  posterior.Append(process, at);
  const VectorXd before = posterior.variances();
  posterior.Believe(process, 4);
  posterior.Believe(process, 9);

  GaussianProcess told(kKernels[1]);
  told.Add(x);
  told.Add(at.col(4));
  told.Add(at.col(9));
  VectorXd more(27);
  more << y, posterior.means()[4], posterior.means()[9];
  told.SetTargets(more);
  Posterior reference;
  reference.Append(told, at);
  EXPECT_LT((posterior.means() - reference.means()).norm(), 1e-9);
  EXPECT_LT(
      (posterior.variances() / process.variance() - reference.variances() / told.variance()).norm(),
      1e-9);
  EXPECT_TRUE((posterior.variances().array() <= before.array()).all());
  posterior.Update(process);
  EXPECT_LT((posterior.variances() - before).norm(), 1e-12) << "beliefs are forgotten";
}

TEST(Posterior, KeepsTheOthersWhenSomeLeave) {
  RandomStream random(9, "keep");
  const MatrixXd at = Points(5, 6, &random);
  GaussianProcess process(kKernels[2]);
  process.Add(Points(5, 10, &random));
  process.SetTargets(Normals(10, &random));
  Posterior some;
  some.Append(process, at);
  const VectorXd means = some.means();
  some.Keep({1, 4});
  EXPECT_EQ(some.size(), 2);
  EXPECT_EQ(some.means()[1], means[4]);
  some.Restart(process);
  EXPECT_NEAR(some.means()[0], means[1], 1e-12);
}

// Draws from a process of the grid are explained better by its parameters than by distant ones.
TEST(ChooseKernel, FindsTheLikelihoodsMaximum) {
  RandomStream random(10, "choose");
  const MatrixXd x = Points(10, 60, &random);
  const VectorXd y = Normals(60, &random);
  const KernelParameters chosen = ChooseKernel(x, y);
  GaussianProcess best(chosen);
  best.Add(x);
  best.SetTargets(y);
  for (const KernelParameters& kernel : {KernelParameters{0, 0.05, 1e-3},
                                         {0.5, 0.15, 1e-2},
                                         {0.9, 1.3, 8e-2},
                                         {0, 1.3, 8e-2},
                                         {0.9, 0.05, 1e-3}}) {
    GaussianProcess other(kernel);
    other.Add(x);
    other.SetTargets(y);
    EXPECT_GE(best.LogLikelihood(), other.LogLikelihood() - 1e-9);
  }
}

TEST(ChooseKernel, TellsNoiseFromSignal) {
  RandomStream random(11, "noise");
  const MatrixXd x = Points(10, 150, &random);
  const VectorXd slope = Normals(10, &random);
  const VectorXd clean = x.transpose() * slope - VectorXd::Constant(150, slope.sum() / 2);
  EXPECT_EQ(ChooseKernel(x, clean).noise, 1e-3);
  EXPECT_EQ(
      ChooseKernel(x, clean + Normals(150, &random) * 0.4 * clean.norm() / std::sqrt(150.0)).noise,
      8e-2);
}

}  // namespace
}  // namespace mcunas
