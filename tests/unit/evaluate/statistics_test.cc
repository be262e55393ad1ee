#include "nas/evaluate/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace mcunas {
namespace {

using Values = std::vector<double>;

TEST(KendallTau, KnownValues) {
  EXPECT_DOUBLE_EQ(KendallTau(Values{1, 2, 3, 4}, Values{10, 20, 30, 40}), 1);
  EXPECT_DOUBLE_EQ(KendallTau(Values{1, 2, 3, 4}, Values{4, 3, 2, 1}), -1);
  // 1 discordant of 10 pairs.
  EXPECT_DOUBLE_EQ(KendallTau(Values{1, 2, 3, 4, 5}, Values{1, 2, 3, 5, 4}), 0.8);
  // Values as scipy.stats.kendalltau documents them.
  EXPECT_NEAR(KendallTau(Values{12, 2, 1, 12, 2}, Values{1, 4, 7, 1, 0}), -0.4714045207910316,
              1e-12);
}

TEST(KendallTau, TiesOnOneSideLowerIt) {
  // Pairs: 3 of 3 distinct in a, 2 in b, both concordant: 2 / sqrt(3 * 2).
  EXPECT_DOUBLE_EQ(KendallTau(Values{1, 2, 3}, Values{5, 5, 6}), 2 / std::sqrt(6.0));
}

TEST(KendallTau, DoesNotExistWithoutAnOrder) {
  EXPECT_TRUE(std::isnan(KendallTau(Values{}, Values{})));
  EXPECT_TRUE(std::isnan(KendallTau(Values{1}, Values{2})));
  EXPECT_TRUE(std::isnan(KendallTau(Values{1, 1, 1}, Values{1, 2, 3})));
}

TEST(MeanRelativeError, IsRelativeToTheMeasurement) {
  EXPECT_DOUBLE_EQ(MeanRelativeError(Values{110, 150}, Values{100, 200}), (0.1 + 0.25) / 2);
  EXPECT_DOUBLE_EQ(MeanRelativeError(Values{7}, Values{7}), 0);
  EXPECT_TRUE(std::isnan(MeanRelativeError(Values{}, Values{})));
}

}  // namespace
}  // namespace mcunas
