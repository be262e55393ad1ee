#include "nas/search/bayes/kernel_choice.h"

#include <Eigen/Cholesky>
#include <cmath>
#include <limits>
#include <vector>

#include "common/check.h"

namespace mcunas {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kLinear[] = {0, 0.5, 0.9};
constexpr double kRates[] = {0.05, 0.15, 0.45, 1.3};
constexpr double kNoises[] = {1e-3, 1e-2, 8e-2};

// Log marginal likelihood with the best variance, but for a constant.
double ProfileLikelihood(const MatrixXd& correlations, const VectorXd& targets) {
  const Eigen::LLT<MatrixXd> factors(correlations);
  if (factors.info() != Eigen::Success) return -std::numeric_limits<double>::infinity();
  const double n = static_cast<double>(targets.size());
  const double variance =
      std::max(GaussianProcess::kLeastVariance, factors.matrixL().solve(targets).squaredNorm() / n);
  return -0.5 * n * std::log(variance) - factors.matrixLLT().diagonal().array().log().sum();
}

// Ascending, spread over 0 .. size - 1.
std::vector<Index> Spread(Index size) {
  const Index kept = std::min(size, kSubset);
  std::vector<Index> chosen;
  for (Index k = 0; k < kept; ++k) chosen.push_back(k * size / kept);
  return chosen;
}

KernelParameters BestOnGrid(const MatrixXd& points, const VectorXd& targets) {
  const MatrixXd distances = Distances(points, points);
  const MatrixXd linear = LinearPart(points, points);
  KernelParameters best;
  double highest = -std::numeric_limits<double>::infinity();
  for (const double rate : kRates) {
    const MatrixXd near = (-rate * distances.array()).exp().matrix();
    for (const double share : kLinear) {
      const MatrixXd both = share * linear + (1 - share) * near;
      for (const double noise : kNoises) {
        MatrixXd noisy = both;
        noisy.diagonal().array() += noise;
        const double likelihood = ProfileLikelihood(noisy, targets);
        if (likelihood <= highest) continue;
        highest = likelihood;
        best = {share, rate, noise};
      }
    }
  }
  return best;
}

}  // namespace

KernelParameters ChooseKernel(const MatrixXd& points, const VectorXd& targets) {
  MCUNAS_CHECK(targets.size() > 0 && points.cols() == targets.size(), "one target per point");
  const std::vector<Index> chosen = Spread(targets.size());
  return BestOnGrid(points(Eigen::all, chosen), targets(chosen));
}

}  // namespace mcunas
