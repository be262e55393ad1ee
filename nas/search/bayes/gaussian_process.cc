#include "nas/search/bayes/gaussian_process.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "common/check.h"

namespace mcunas {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

MatrixXd Distances(const MatrixXd& a, const MatrixXd& b) {
  MatrixXd distances(a.cols(), b.cols());
  for (Index j = 0; j < b.cols(); ++j) {
    for (Index i = 0; i < a.cols(); ++i) {
      distances(i, j) = (a.col(i) - b.col(j)).cwiseAbs().sum();
    }
  }
  return distances;
}

MatrixXd LinearPart(const MatrixXd& a, const MatrixXd& b) {
  const double coordinates = static_cast<double>(std::max<Index>(1, a.rows()));
  MatrixXd products = a.transpose() * b;
  products.array() = products.array() / coordinates + 0.5;
  return products;
}

MatrixXd Correlations(const KernelParameters& kernel, const MatrixXd& a, const MatrixXd& b) {
  MatrixXd both = Distances(a, b);
  both.array() = (1 - kernel.linear) * (-kernel.rate * both.array()).exp();
  if (kernel.linear > 0) both += kernel.linear * LinearPart(a, b);
  return both;
}

VectorXd OwnCorrelations(const KernelParameters& kernel, const MatrixXd& points) {
  const double coordinates = static_cast<double>(std::max<Index>(1, points.rows()));
  const VectorXd squares = points.colwise().squaredNorm();
  return (kernel.linear * (squares.array() / coordinates + 0.5) + (1 - kernel.linear)).matrix();
}

MatrixXd CholeskyFactor(const MatrixXd& matrix) {
  const double size = matrix.diagonal().cwiseAbs().maxCoeff();
  double jitter = 0;
  for (int attempt = 0; attempt < 8; ++attempt) {
    const Eigen::LLT<MatrixXd> factors(matrix +
                                       jitter * MatrixXd::Identity(matrix.rows(), matrix.cols()));
    if (factors.info() == Eigen::Success) return factors.matrixL();
    jitter = jitter == 0 ? 1e-12 * size : 30 * jitter;
  }
  MCUNAS_CHECK(false, "a matrix of correlations has no Cholesky factor");
  return {};
}

void GaussianProcess::Add(const MatrixXd& points) {
  const Index before = size(), added = points.cols();
  if (added == 0) return;
  MatrixXd inner = Correlations(kernel_, points, points);
  inner.diagonal().array() += kernel_.noise;
  const MatrixXd outer = before > 0 ? Whiten(points) : MatrixXd(0, added);
  inner.noalias() -= outer.transpose() * outer;
  factor_.conservativeResize(before + added, before + added);
  factor_.topRightCorner(before, added).setZero();
  factor_.bottomLeftCorner(added, before) = outer.transpose();
  factor_.bottomRightCorner(added, added) = CholeskyFactor(inner);
  points_.conservativeResize(points.rows(), before + added);
  points_.rightCols(added) = points;
}

void GaussianProcess::SetTargets(const VectorXd& targets) {
  MCUNAS_CHECK(targets.size() == size() && size() > 0, "one target per observation");
  whitened_targets_ = factor_.triangularView<Eigen::Lower>().solve(targets);
  variance_ = std::max(kLeastVariance,
                       whitened_targets_.squaredNorm() / static_cast<double>(targets.size()));
}

double GaussianProcess::LogLikelihood() const {
  const double n = static_cast<double>(size());
  constexpr double kLogTwoPi = 1.8378770664093453;
  return -0.5 *
             (n * (kLogTwoPi + std::log(variance_)) + whitened_targets_.squaredNorm() / variance_) -
         factor_.diagonal().array().log().sum();
}

MatrixXd GaussianProcess::Whiten(const MatrixXd& points) const {
  MatrixXd whitened = Correlations(kernel_, points_, points);
  factor_.triangularView<Eigen::Lower>().solveInPlace(whitened);
  return whitened;
}

void GaussianProcess::ExtendWhitened(const MatrixXd& points, MatrixXd* whitened) const {
  const Index before = whitened->rows(), added = size() - before;
  if (added == 0) return;
  MatrixXd below = Correlations(kernel_, points_.rightCols(added), points);
  below.noalias() -= factor_.bottomLeftCorner(added, before) * *whitened;
  factor_.bottomRightCorner(added, added).triangularView<Eigen::Lower>().solveInPlace(below);
  whitened->conservativeResize(size(), points.cols());
  whitened->bottomRows(added) = below;
}

VectorXd GaussianProcess::Means(const MatrixXd& whitened) const {
  return whitened.transpose() * whitened_targets_;
}

}  // namespace mcunas
