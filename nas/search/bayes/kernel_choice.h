// ChooseKernel: the parameters under which the observations are least surprising.
#pragma once

#include <Eigen/Core>

#include "nas/search/bayes/gaussian_process.h"

namespace mcunas {

// Highest marginal likelihood on a grid of 36: share of the linear part 0, 0.5, 0.9; rate 0.05,
// 0.15, 0.45, 1.3; noise 0.001, 0.01, 0.08; the variance of the process in closed form. The first
// of equal ones. `points`: columns; `targets`: one each, at least one. Of more than kSubset
// observations every k-th is looked at. Cost: 36 Cholesky factors of that size.
KernelParameters ChooseKernel(const Eigen::MatrixXd& points, const Eigen::VectorXd& targets);

inline constexpr Eigen::Index kSubset = 200;

}  // namespace mcunas
