// The order of the final ranking, and that a kill costs nothing but time.
#include "nas/finalists/final_ranking.h"

#include <gmock/gmock.h>

#include "fakes.h"

namespace mcunas {
namespace {

using ::testing::Each;
using ::testing::SizeIs;

class FinalRanking : public testing::Workshop {
 protected:
  Expected<std::vector<FinalNetwork>> Rank() {
    return RankFinalNetworks(options_, ports_, candidates_, stop_);
  }
  static double Score(const FinalNetwork& network) {
    return *MetricValue(network.record, "int8_accuracy");
  }

  std::vector<CandidateRecord> candidates_ = testing::Candidates(4);
};

TEST_F(FinalRanking, TheMostAccurateLeadAndAllAreTested) {
  options_.fine_tune.epochs = 3;
  const auto ranking = Rank();
  ASSERT_TRUE(ranking) << ranking.error().message;
  ASSERT_THAT(*ranking, SizeIs(4));
  for (size_t i = 1; i < ranking->size(); ++i) {
    if ((*ranking)[i - 1].tied) continue;
    EXPECT_GE(Score((*ranking)[i - 1]), Score((*ranking)[i]));
  }
  for (const FinalNetwork& network : *ranking) {
    EXPECT_EQ(network.record.metrics.count("test_accuracy"), 1u);
    EXPECT_EQ(NetworkHash(network.network), network.record.hash);
    EXPECT_EQ(network.memory.operators.size(), network.network.operators.size());
  }
  EXPECT_EQ(weights_.tests_, 4) << "the test set is used once for each";
  EXPECT_THAT(weights_.recipes_, Each(WeightsRecipe{WeightsRecipe::Start::kInherited, 3, 0.25}));
}

TEST_F(FinalRanking, EquallyAccurateNetworksAreRankedByTheirWork) {
  weights_.holdout_ = 0;
  const auto ranking = Rank();
  ASSERT_TRUE(ranking) << ranking.error().message;
  for (size_t i = 1; i < ranking->size(); ++i) {
    EXPECT_LE(*MetricValue((*ranking)[i - 1].record, metric::kTicks),
              *MetricValue((*ranking)[i].record, metric::kTicks));
  }
}

TEST_F(FinalRanking, FailedNetworksComeLastAndAreNotTested) {
  candidates_.resize(2);
  ports_.build_firmware = [this](const FirmwareRequest& request) -> Expected<FirmwareImage> {
    if (request.network_hash == candidates_[0].hash)
      return Error{ErrorCode::kInfeasible, "SRAM overflows by 4 bytes"};
    return Assemble(request);
  };
  const auto ranking = Rank();
  ASSERT_TRUE(ranking) << ranking.error().message;
  EXPECT_EQ(ranking->front().record.hash, candidates_[1].hash);
  EXPECT_EQ(ranking->back().record.failure, FailureClass::kCandidate);
  EXPECT_EQ(ranking->back().record.metrics.count("test_accuracy"), 0u);
}

TEST_F(FinalRanking, WhatIsMeasuredAboveTheLatencyLimitCannotWin) {
  const auto free = Rank();
  ASSERT_TRUE(free) << free.error().message;
  std::vector<double> latencies;
  for (const FinalNetwork& network : *free)
    latencies.push_back(*MetricValue(network.record, metric::kLatency));
  std::sort(latencies.begin(), latencies.end());
  const double limit = latencies[1];
  options_.limits.latency_ms = limit;
  for (const bool replay : {false, true}) {
    if (!replay) study_ = MemoryStudy();
    const auto ranking = Rank();
    ASSERT_TRUE(ranking) << ranking.error().message;
    for (const FinalNetwork& network : *ranking) {
      const bool slow = *MetricValue(network.record, metric::kLatency) > limit;
      EXPECT_EQ(network.record.failure, slow ? FailureClass::kInfeasible : FailureClass::kNone);
      EXPECT_EQ(network.record.failure_reason.substr(0, 9), slow ? "latency: " : "");
    }
    EXPECT_TRUE(ranking->front().record.usable());
    EXPECT_FALSE(ranking->back().record.usable());
  }
}

TEST_F(FinalRanking, ABoardThatFailedInARoundIsForgotten) {
  candidates_.resize(1);
  candidates_[0].failure = FailureClass::kInfrastructure;
  candidates_[0].failure_reason = "probe_missing: on virtual: unplugged";
  const auto ranking = Rank();
  ASSERT_TRUE(ranking) << ranking.error().message;
  EXPECT_EQ(ranking->front().record.failure, FailureClass::kNone);
  EXPECT_EQ(ranking->front().record.failure_reason, "");
}

// Everything that a report takes from a ranking.
std::string Summary(const std::vector<FinalNetwork>& ranking) {
  std::string text;
  for (const FinalNetwork& network : ranking) {
    text += network.record.hash.Hex() + "\n";
    for (const auto& [name, metric] : AllMetrics(network.record))
      text += "  " + name + " " + std::to_string(metric.value) + "\n";
  }
  return text;
}

TEST_F(FinalRanking, AKillInTheMiddleLeadsToTheSameRanking) {
  MemoryStudy undisturbed;
  ports_.study = &undisturbed;
  const auto expected = Rank();
  ASSERT_TRUE(expected) << expected.error().message;

  ports_.study = &study_;
  boards_.requests_.clear();
  boards_.interrupted_request_ = 3;
  EXPECT_EQ(Rank().error().code, ErrorCode::kInterrupted);
  weights_.tests_ = 0;
  weights_.interrupted_test_ = 2;
  EXPECT_EQ(Rank().error().code, ErrorCode::kInterrupted) << "this time in the middle of the tests";
  const auto resumed = Rank();
  ASSERT_TRUE(resumed) << resumed.error().message;
  EXPECT_EQ(Summary(*resumed), Summary(*expected));
  EXPECT_THAT(boards_.requests_, SizeIs(4)) << "nobody is measured twice";
  EXPECT_EQ(weights_.tests_, 5) << "only the interrupted test is done again";
}

TEST_F(FinalRanking, ResultsOfAnotherRecipeAreNotTaken) {
  candidates_.resize(1);
  options_.fine_tune.epochs = 3;
  ASSERT_TRUE(Rank());
  const size_t extracted = weights_.recipes_.size();
  options_.fine_tune.rate = 0.5;
  const auto again = Rank();
  ASSERT_TRUE(again) << again.error().message;
  ASSERT_GT(weights_.recipes_.size(), extracted);
  EXPECT_EQ(weights_.recipes_.back().rate, 0.5);
}

TEST_F(FinalRanking, WhatIsDoneIsOnlyReadAgain) {
  candidates_.resize(2);
  const auto first = Rank();
  ASSERT_TRUE(first) << first.error().message;
  const size_t extracted = weights_.recipes_.size();
  const auto again = Rank();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(Summary(*again), Summary(*first));
  EXPECT_EQ(weights_.recipes_.size(), extracted);
}

}  // namespace
}  // namespace mcunas
