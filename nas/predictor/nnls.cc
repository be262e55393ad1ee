#include "nas/predictor/nnls.h"

#include <Eigen/Dense>
#include <limits>

#include "common/check.h"

namespace mcunas {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// The two index sets of the method: passive variables are free, the others are held at zero.
class LawsonHanson {
 public:
  LawsonHanson(MatrixXd a, VectorXd b)
      : a_(std::move(a)),
        b_(std::move(b)),
        x_(VectorXd::Zero(a_.cols())),
        passive_(static_cast<size_t>(a_.cols()), false) {
    tolerance_ = 1e-12 * (a_.transpose() * b_).cwiseAbs().maxCoeff();
  }

  VectorXd Solve() {
    // Each pass frees one variable; degenerate problems could cycle, so passes are bounded.
    for (Index pass = 0; pass < 10 * a_.cols(); ++pass) {
      const Index entering = Entering();
      if (entering < 0) break;
      passive_[static_cast<size_t>(entering)] = true;
      DescendInside();
    }
    return x_;
  }

 private:
  // The held variable whose release lowers the error most; -1 when none does.
  Index Entering() const {
    const VectorXd gradient = a_.transpose() * (b_ - a_ * x_);
    Index best = -1;
    for (Index j = 0; j < a_.cols(); ++j) {
      if (passive_[static_cast<size_t>(j)] || gradient[j] <= tolerance_) continue;
      if (best < 0 || gradient[j] > gradient[best]) best = j;
    }
    return best;
  }

  VectorXd UnconstrainedSolution() const {
    std::vector<Index> columns;
    for (Index j = 0; j < a_.cols(); ++j) {
      if (passive_[static_cast<size_t>(j)]) columns.push_back(j);
    }
    const VectorXd part = a_(Eigen::all, columns).colPivHouseholderQr().solve(b_);
    VectorXd full = VectorXd::Zero(a_.cols());
    full(columns) = part;
    return full;
  }

  // Moves towards the unconstrained solution; a variable that would leave the feasible side stops
  // the step and is held from then on.
  void DescendInside() {
    while (true) {
      const VectorXd target = UnconstrainedSolution();
      double step = 1;
      Index blocking = -1;
      for (Index j = 0; j < a_.cols(); ++j) {
        if (!passive_[static_cast<size_t>(j)] || target[j] > 0) continue;
        const double ratio = x_[j] / (x_[j] - target[j] + std::numeric_limits<double>::min());
        if (blocking < 0 || ratio < step) {
          step = ratio;
          blocking = j;
        }
      }
      if (blocking < 0) {
        x_ = target;
        return;
      }
      x_ += step * (target - x_);
      x_[blocking] = 0;
      passive_[static_cast<size_t>(blocking)] = false;
    }
  }

  MatrixXd a_;
  VectorXd b_;
  VectorXd x_;
  std::vector<bool> passive_;
  double tolerance_ = 0;
};

}  // namespace

std::vector<double> SolveNonNegative(std::span<const double> a, std::span<const double> b) {
  MCUNAS_CHECK(!b.empty() && a.size() % b.size() == 0 && !a.empty(), "shape of A and b");
  const auto rows = static_cast<Index>(b.size());
  const auto columns = static_cast<Index>(a.size() / b.size());
  LawsonHanson problem(Eigen::Map<const RowMajor>(a.data(), rows, columns),
                       Eigen::Map<const VectorXd>(b.data(), rows));
  const VectorXd x = problem.Solve();
  return {x.data(), x.data() + x.size()};
}

}  // namespace mcunas
