// Posterior: what a Gaussian process says about a set of candidates, kept while both change.
//
// A whitened column per candidate (GaussianProcess::Whiten) costs O(n^2) once; it lives as long as
// the candidate and grows by O(n) per observation, so that a proposal among a thousand observations
// pays for the new candidates only.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "nas/search/bayes/gaussian_process.h"

namespace mcunas {

class Posterior {
 public:
  // Candidates behind those there are; one column each. The process has observations.
  void Append(const GaussianProcess& process, const Eigen::MatrixXd& points);
  // Only these candidates, in this order.
  void Keep(const std::vector<Eigen::Index>& candidates);
  // Follows a process that got observations or targets since; forgets what was believed.
  void Update(const GaussianProcess& process);
  // Follows another process.
  void Restart(const GaussianProcess& process);

  Eigen::Index size() const { return points_.cols(); }
  const Eigen::VectorXd& means() const { return means_; }
  // Variance of the process, without noise; >= 0.
  const Eigen::VectorXd& variances() const { return variances_; }

  // Takes the mean of a candidate for its observed value (the "kriging believer" of Ginsbourger, Le
  // Riche, Carraro 2010): means stay, variances near it shrink. O(n) per candidate.
  void Believe(const GaussianProcess& process, Eigen::Index candidate);

 private:
  void Judge(const GaussianProcess& process);

  Eigen::MatrixXd points_;
  Eigen::MatrixXd whitened_;               // [observations, candidates]
  std::vector<Eigen::VectorXd> believed_;  // further rows of whitened_
  Eigen::VectorXd means_, variances_;
};

}  // namespace mcunas
