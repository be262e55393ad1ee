#include "nas/search/bayes/posterior.h"

#include <cmath>

#include "common/check.h"

namespace mcunas {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

void Posterior::Append(const GaussianProcess& process, const MatrixXd& points) {
  MCUNAS_CHECK(believed_.empty(), "candidates come before beliefs");
  const Index before = size(), added = points.cols();
  if (added == 0) return;
  points_.conservativeResize(points.rows(), before + added);
  points_.rightCols(added) = points;
  whitened_.conservativeResize(process.size(), before + added);
  whitened_.rightCols(added) = process.Whiten(points);
  Judge(process);
}

void Posterior::Keep(const std::vector<Index>& candidates) {
  points_ = MatrixXd(points_(Eigen::all, candidates));
  whitened_ = MatrixXd(whitened_(Eigen::all, candidates));
  means_ = VectorXd(means_(candidates));
  variances_ = VectorXd(variances_(candidates));
  for (VectorXd& row : believed_) row = VectorXd(row(candidates));
}

void Posterior::Update(const GaussianProcess& process) {
  believed_.clear();
  process.ExtendWhitened(points_, &whitened_);
  Judge(process);
}

void Posterior::Restart(const GaussianProcess& process) {
  believed_.clear();
  whitened_ = process.Whiten(points_);
  Judge(process);
}

void Posterior::Judge(const GaussianProcess& process) {
  means_ = process.Means(whitened_);
  const VectorXd explained = whitened_.colwise().squaredNorm();
  variances_ =
      process.variance() * (OwnCorrelations(process.kernel(), points_) - explained).cwiseMax(0);
}

void Posterior::Believe(const GaussianProcess& process, Index candidate) {
  VectorXd covariances = Correlations(process.kernel(), points_, points_.col(candidate));
  covariances.noalias() -= whitened_.transpose() * whitened_.col(candidate);
  for (const VectorXd& row : believed_) covariances -= row[candidate] * row;
  const double own = std::max(0.0, covariances[candidate]) + process.kernel().noise;
  covariances /= std::sqrt(own);
  variances_ = (variances_ - process.variance() * covariances.cwiseAbs2()).cwiseMax(0);
  believed_.push_back(std::move(covariances));
}

}  // namespace mcunas
