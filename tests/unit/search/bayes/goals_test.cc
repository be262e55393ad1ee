#include "nas/search/bayes/goals.h"

#include <gtest/gtest.h>

#include <cmath>

namespace mcunas {
namespace {

CandidateRecord Record(double accuracy, double macs, double sram) {
  CandidateRecord record;
  record.metrics[metric::kAccuracy].value = accuracy;
  record.metrics[metric::kMacs].value = macs;
  record.metrics[metric::kSram].value = sram;
  return record;
}

TEST(Goals, TheScoreIsTheGainAndTheRestAreCosts) {
  const Goals goals(
      {{"accuracy", Direction::kMax}, {"macs", Direction::kMin}, {"sram_bytes", Direction::kMin}},
      {});
  EXPECT_FALSE(goals.single());
  EXPECT_EQ(goals.GainOf(Record(0.7, 5, 6)), 0.7);
  EXPECT_EQ(goals.CostsOf(Record(0.7, 5, 6)), (std::vector<double>{5, 6}));
  KnownCosts known;
  known.macs = 8;
  known.sram_bytes = 9;
  EXPECT_EQ(goals.CostsOf(known), (std::vector<double>{8, 9}));
}

TEST(Goals, AScoreThatFallsIsAGainThatRises) {
  const Score error{"error", "ratio", 1, 0};
  const Goals goals({{"error", Direction::kMin}}, error);
  EXPECT_TRUE(goals.single());
  CandidateRecord record;
  EXPECT_FALSE(goals.GainOf(record).has_value()) << "not evaluated";
  record.metrics["error"].value = 0.3;
  EXPECT_EQ(goals.GainOf(record), -0.3);
  record.metrics["error"].value = std::nan("");
  EXPECT_FALSE(goals.GainOf(record).has_value());
}

TEST(Goals, AMeasuredLatencyCountsBeforeAPredictedOne) {
  const Goals goals({{"accuracy", Direction::kMax}, {"latency_ms", Direction::kMin}}, {});
  CandidateRecord record = Record(0.7, 5, 6);
  record.metrics[metric::kPredictedLatency].value = 10;
  EXPECT_EQ(goals.CostsOf(record), std::vector<double>{10});
  record.board = "qemu-m4";
  record.boards["qemu-m4"].metrics[metric::kLatency].value = 12;
  EXPECT_EQ(goals.CostsOf(record), std::vector<double>{12});
}

TEST(CostScale, OneOrTwoCostsKeepTheirPlaces) {
  RandomStream random(1, "scale");
  const CostScale one({{2}, {4}}, &random);
  EXPECT_EQ(one.Scaled({2})[0], 0);
  EXPECT_NEAR(one.Scaled({4})[0], 1, 0.1);
  EXPECT_LT(one.Scaled({4})[0], 1) << "the dearest network has a share";
  EXPECT_EQ(one.Scaled({4})[1], 0);
  const CostScale two({{2, 10}, {4, 10}}, &random);
  EXPECT_EQ(two.Scaled({2, 10})[1], 0) << "a cost that is always the same is none";
}

TEST(CostScale, ThreeCostsAreWeighedAnewByEveryDraw) {
  RandomStream random(1, "scale");
  const std::vector<std::vector<double>> seen = {{0, 0, 0}, {1, 1, 1}};
  const CostScale first(seen, &random), second(seen, &random);
  const std::vector<double> costs = {0.5, 0.9, 0.1};
  EXPECT_EQ(first.Scaled(costs)[0], second.Scaled(costs)[0]);
  EXPECT_NE(first.Scaled(costs)[1], second.Scaled(costs)[1]);
  EXPECT_GT(first.Scaled(costs)[1], 0.09);
  EXPECT_LT(first.Scaled(costs)[1], 0.9);
}

}  // namespace
}  // namespace mcunas
