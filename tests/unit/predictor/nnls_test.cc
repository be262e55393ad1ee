#include "nas/predictor/nnls.h"

#include <gtest/gtest.h>

#include <cmath>

#include "common/random.h"

namespace mcunas {
namespace {

using Values = std::vector<double>;

double Error(const Values& a, const Values& b, const Values& x) {
  double sum = 0;
  for (size_t r = 0; r < b.size(); ++r) {
    double value = -b[r];
    for (size_t c = 0; c < x.size(); ++c) value += a[r * x.size() + c] * x[c];
    sum += value * value;
  }
  return sum;
}

// Gauss with partial pivoting; false where singular.
bool SolveSquare(std::vector<Values> m, Values b, Values* x) {
  const size_t n = b.size();
  for (size_t k = 0; k < n; ++k) {
    size_t pivot = k;
    for (size_t r = k; r < n; ++r) {
      if (std::abs(m[r][k]) > std::abs(m[pivot][k])) pivot = r;
    }
    if (std::abs(m[pivot][k]) < 1e-12) return false;
    std::swap(m[k], m[pivot]);
    std::swap(b[k], b[pivot]);
    for (size_t r = 0; r < n; ++r) {
      if (r == k) continue;
      const double f = m[r][k] / m[k][k];
      for (size_t c = k; c < n; ++c) m[r][c] -= f * m[k][c];
      b[r] -= f * b[k];
    }
  }
  x->resize(n);
  for (size_t k = 0; k < n; ++k) (*x)[k] = b[k] / m[k][k];
  return true;
}

// Brute force: least squares on every subset of columns by normal equations; the best that is >= 0.
double BestError(const Values& a, const Values& b, size_t columns) {
  double best = Error(a, b, Values(columns, 0));
  for (size_t subset = 1; subset < (size_t{1} << columns); ++subset) {
    std::vector<size_t> used;
    for (size_t c = 0; c < columns; ++c) {
      if (subset >> c & 1) used.push_back(c);
    }
    std::vector<Values> normal(used.size(), Values(used.size(), 0));
    Values right(used.size(), 0);
    for (size_t r = 0; r < b.size(); ++r) {
      for (size_t i = 0; i < used.size(); ++i) {
        right[i] += a[r * columns + used[i]] * b[r];
        for (size_t j = 0; j < used.size(); ++j) {
          normal[i][j] += a[r * columns + used[i]] * a[r * columns + used[j]];
        }
      }
    }
    Values part;
    if (!SolveSquare(normal, right, &part)) continue;
    Values x(columns, 0);
    bool legal = true;
    for (size_t i = 0; i < used.size(); ++i) {
      x[used[i]] = part[i];
      legal = legal && part[i] >= 0;
    }
    if (legal) best = std::min(best, Error(a, b, x));
  }
  return best;
}

TEST(SolveNonNegative, MatchesBruteForce) {
  RandomStream random(1, "nnls");
  for (int trial = 0; trial < 200; ++trial) {
    const size_t columns = 1 + random.Below(6);
    const size_t rows = columns + random.Below(8);
    Values a(rows * columns), b(rows);
    for (double& v : a) v = random.Normal();
    for (double& v : b) v = random.Normal();
    const Values x = SolveNonNegative(a, b);
    for (const double v : x) EXPECT_GE(v, 0);
    EXPECT_NEAR(Error(a, b, x), BestError(a, b, columns), 1e-9);
  }
}

TEST(SolveNonNegative, FindsExactSolutions) {
  RandomStream random(2, "exact");
  Values a(30 * 5), truth = {3, 0, 1.5, 0, 20};
  for (double& v : a) v = random.Unit();
  Values b(30, 0);
  for (size_t r = 0; r < 30; ++r) {
    for (size_t c = 0; c < 5; ++c) b[r] += a[r * 5 + c] * truth[c];
  }
  const Values x = SolveNonNegative(a, b);
  for (size_t c = 0; c < 5; ++c) EXPECT_NEAR(x[c], truth[c], 1e-9);
}

TEST(SolveNonNegative, HoldsWhatWouldTurnNegative) {
  // Unconstrained: x = (3, -1).
  const Values x = SolveNonNegative(Values{1, 0, 0, 1}, Values{3, -1});
  EXPECT_DOUBLE_EQ(x[0], 3);
  EXPECT_EQ(x[1], 0);
}

TEST(SolveNonNegative, SurvivesEqualAndEmptyColumns) {
  const Values a = {1, 1, 0, 2, 2, 0, 3, 3, 0};  // columns: equal, equal, zero
  const Values b = {2, 4, 6};
  const Values x = SolveNonNegative(a, b);
  EXPECT_NEAR(Error(a, b, x), 0, 1e-18);
  EXPECT_EQ(x[2], 0);
}

}  // namespace
}  // namespace mcunas
