// Gaussian process over architectures (Rasmussen, Williams 2006): what a network that nobody has
// trained will score, and how sure one can be. Knows no architectures, only points: columns of
// coordinates around [0, 1].
//
// Correlation of two points of m coordinates, one part that extrapolates and one that remembers:
//   linear (x.y / m + 1/2) + (1 - linear) exp(-rate sum |x - y|)
// Thread rule: const functions may be called from any thread.
#pragma once

#include <Eigen/Core>

namespace mcunas {

struct KernelParameters {
  double linear = 0.5;  // share of the linear part, in [0, 1]
  double rate = 0.15;   // > 0, per unit of distance
  double noise = 0.01;  // > 0; variance of one observation over that of the process

  bool operator==(const KernelParameters&) const = default;
};

// sum |x - y| of every column of `a` with every column of `b`: [a.cols(), b.cols()].
Eigen::MatrixXd Distances(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b);
// The linear part, x.y / m + 1/2, of the same shape.
Eigen::MatrixXd LinearPart(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b);
// Both parts together.
Eigen::MatrixXd Correlations(const KernelParameters& kernel, const Eigen::MatrixXd& a,
                             const Eigen::MatrixXd& b);
// Of every point with itself, without noise: [points.cols()].
Eigen::VectorXd OwnCorrelations(const KernelParameters& kernel, const Eigen::MatrixXd& points);

// The lower Cholesky factor of a symmetric matrix that is positive definite but for rounding; where
// rounding is in the way, of the matrix with a little more on its diagonal.
Eigen::MatrixXd CholeskyFactor(const Eigen::MatrixXd& matrix);

class GaussianProcess {
 public:
  explicit GaussianProcess(const KernelParameters& kernel) : kernel_(kernel) {}

  // Observations at `points`, behind those there are; equal points are several observations.
  // Extends the factor: O(n^2) per point.
  void Add(const Eigen::MatrixXd& points);
  // Values of all observations, in order. The variance of the process follows from them in closed
  // form, at least kLeastVariance. O(n^2).
  void SetTargets(const Eigen::VectorXd& targets);

  Eigen::Index size() const { return points_.cols(); }
  const KernelParameters& kernel() const { return kernel_; }
  const Eigen::MatrixXd& points() const { return points_; }
  double variance() const { return variance_; }
  // Log marginal likelihood of the targets.
  double LogLikelihood() const;

  // Correlations with the observations in coordinates where these are independent (L^-1 k), from
  // which Means and Variances follow: [size(), points.cols()]. One triangular solution for all
  // points, O(n^2) per point.
  Eigen::MatrixXd Whiten(const Eigen::MatrixXd& points) const;
  // The same from what Whiten said before observations were added: O(n) per point and observation.
  void ExtendWhitened(const Eigen::MatrixXd& points, Eigen::MatrixXd* whitened) const;
  // Of the process at the points that were whitened.
  Eigen::VectorXd Means(const Eigen::MatrixXd& whitened) const;

  static constexpr double kLeastVariance = 1e-12;  // of the process; equal targets show none

 private:
  KernelParameters kernel_;
  Eigen::MatrixXd points_;
  Eigen::MatrixXd factor_;  // lower; of correlations plus noise
  Eigen::VectorXd whitened_targets_;
  double variance_ = 1;
};

}  // namespace mcunas
