#include "nas/evaluate/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "common/random.h"
#include "nas/evaluate/search_work.h"

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

// Values of the closed form, as tables of Wilson's interval print them.
TEST(ShareInterval, KnownValues) {
  const Interval half = ShareInterval(0.5, 100);
  EXPECT_NEAR(half.low, 0.4038, 5e-5);
  EXPECT_NEAR(half.high, 0.5962, 5e-5);
  const Interval none = ShareInterval(0, 10);
  EXPECT_NEAR(none.low, 0, 1e-15);
  EXPECT_NEAR(none.high, 0.2775, 5e-5);
  EXPECT_NEAR(ShareInterval(1, 10).high, 1, 1e-12);
}

// Holds the true share in 95 of 100 samples, whatever it is.
TEST(ShareInterval, CoversWhatItSays) {
  for (const double share : {0.05, 0.5, 0.9}) {
    int covered = 0;
    constexpr int kSamples = 2000, kTrials = 200;
    RandomStream random(1, "samples", std::to_string(share));
    for (int s = 0; s < kSamples; ++s) {
      int hits = 0;
      for (int i = 0; i < kTrials; ++i) hits += random.Chance(share);
      const Interval interval = ShareInterval(static_cast<double>(hits) / kTrials, kTrials);
      covered += interval.low <= share && share <= interval.high;
    }
    EXPECT_NEAR(static_cast<double>(covered) / kSamples, 0.95, 0.025) << share;
  }
}

TEST(SearchWork, EpochsAreWhatTheWorkBuys) {
  EXPECT_EQ(TrainingWork(2e6, 1000), 6e9);
  EXPECT_EQ(EpochsWorth(60e9, 2e6, 1000), 10);
  EXPECT_EQ(EpochsWorth(60e9, 4e6, 1000), 5) << "a larger network has fewer";
  EXPECT_EQ(EpochsWorth(1, 2e6, 1000), 1);
  EXPECT_EQ((SearchWork{1, 2, 4}.total()), 7);
}

}  // namespace
}  // namespace mcunas
