#include "nas/search/bayes/score_model.h"

#include <algorithm>
#include <cmath>

#include "common/check.h"
#include "nas/search/bayes/kernel_choice.h"
#include "nas/space/enumerate.h"
#include "nas/space/genes.h"

namespace mcunas {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// The kernel is chosen anew when there are a tenth more observations.
constexpr double kMuchMore = 1.1;
// The largest network differs from the smallest as much as by two whole genes more.
constexpr double kMacsRange = 2;
// Deviation below which gains count as equal.
constexpr double kEqual = 1e-12;

double LogOf(double macs) { return macs > 0 ? std::log(macs) : 0; }

// By linear interpolation; `sorted` is not empty.
double Quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

MatrixXd Columns(const std::vector<VectorXd>& points) {
  MatrixXd columns(points.empty() ? 0 : points[0].size(), static_cast<Index>(points.size()));
  for (size_t i = 0; i < points.size(); ++i) columns.col(static_cast<Index>(i)) = points[i];
  return columns;
}

}  // namespace

GeneCoordinates::GeneCoordinates(const SpaceConfig& space, CandidateCosts& costs)
    : levels_(GeneLevelCounts(space)),
      log_smallest_(LogOf(costs.Of(Smallest(space)).macs)),
      log_range_(LogOf(costs.Of(Largest(space)).macs) - log_smallest_) {}

VectorXd GeneCoordinates::Of(const std::vector<uint8_t>& genes, double macs) const {
  MCUNAS_CHECK(genes.size() == levels_.size(), "genes of another space");
  VectorXd point(static_cast<Index>(genes.size()) + 1);
  for (size_t g = 0; g < genes.size(); ++g) {
    point[static_cast<Index>(g)] = static_cast<double>(genes[g]) / (levels_[g] - 1);
  }
  point[point.size() - 1] =
      log_range_ > 0 ? kMacsRange * (LogOf(macs) - log_smallest_) / log_range_ : 0;
  return point;
}

void ScoreModel::Scale(std::span<const double> gains) {
  std::vector<double> sorted(gains.begin(), gains.end());
  std::sort(sorted.begin(), sorted.end());
  const double low = Quantile(sorted, 0.25), high = Quantile(sorted, 0.75);
  fence_ = low - 1.5 * (high - low);
  double sum = 0, squares = 0;
  for (const double gain : sorted) sum += std::max(gain, fence_);
  mean_ = sum / static_cast<double>(sorted.size());
  for (const double gain : sorted) squares += std::pow(std::max(gain, fence_) - mean_, 2);
  deviation_ = std::sqrt(squares / static_cast<double>(sorted.size()));
  if (deviation_ < kEqual) deviation_ = 1;
}

double ScoreModel::Scaled(double gain) const {
  return (std::max(gain, fence_) - mean_) / deviation_;
}

bool ScoreModel::ChooseKernelAnew(const VectorXd& targets) {
  if (process_ &&
      static_cast<double>(targets.size()) < kMuchMore * static_cast<double>(chosen_at_)) {
    return false;
  }
  const MatrixXd& points = process_->points();
  const KernelParameters kernel = ChooseKernel(points, targets);
  chosen_at_ = targets.size();
  if (kernel == process_->kernel()) return false;
  GaussianProcess other(kernel);
  other.Add(points);
  process_ = std::move(other);
  return true;
}

bool ScoreModel::Learn(std::span<const double> gains) {
  const bool first = !process_;
  if (first) process_.emplace(KernelParameters{});
  process_->Add(Columns(waiting_));
  waiting_.clear();
  MCUNAS_CHECK(static_cast<Index>(gains.size()) == process_->size(), "one gain per observation");
  Scale(gains);
  VectorXd targets(process_->size());
  for (size_t i = 0; i < gains.size(); ++i) targets[static_cast<Index>(i)] = Scaled(gains[i]);
  const bool changed = ChooseKernelAnew(targets);
  process_->SetTargets(targets);
  return first || changed;
}

}  // namespace mcunas
