#include "nas/search/search_loop.h"

#include <gtest/gtest.h>

#include <cmath>

#include "fakes.h"
#include "nas/space/enumerate.h"

namespace mcunas {
namespace {

using testing::FakeSearch;

TEST(RunSearch, SpendsItsBudgetAndNoMore) {
  FakeSearch search;
  search.setup.search.budget.evaluations = 57;  // not a multiple of the population
  const auto result = search.Run();
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(search.accuracy.asked_.size(), 57u);
  EXPECT_EQ(result->history.size(), 57u);
  EXPECT_EQ(result->end_reason, "57 networks evaluated");
  EXPECT_EQ(result->rounds.size(), 6u);
  for (size_t i = 0; i < result->history.size(); ++i) {
    EXPECT_EQ(result->history[i].index, static_cast<int64_t>(i));
  }
  EXPECT_EQ(search.study.Candidates()->size(), 57u);
  EXPECT_EQ(search.study.Rounds()->size(), 6u);
}

TEST(RunSearch, NeverEvaluatesANetworkTwice) {
  for (const char* algorithm : {"nsga2", "aging", "bayes", "random"}) {
    FakeSearch search;
    search.setup.search.algorithm = algorithm;
    search.setup.search.budget.evaluations = 300;
    search.setup.search.evolution.mutation = 0.01;  // many repeated proposals
    const auto result = search.Run();
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(search.accuracy.asked_.size(), 300u) << algorithm;
    for (const auto& [architecture, times] : search.accuracy.asked_) {
      EXPECT_EQ(times, 1) << algorithm << " " << architecture;
    }
    std::set<Hash128> hashes;
    for (const CandidateRecord& r : result->history) hashes.insert(r.hash);
    EXPECT_EQ(hashes.size(), result->history.size());
  }
}

TEST(RunSearch, EndsGracefullyWhenTheSpaceIsUsedUp) {
  FakeSearch search;
  search.setup.space.width = {1.0};
  search.setup.space.kernel = {3};
  search.setup.space.depth = {1};
  search.setup.search.budget.evaluations = 1000;
  const auto result = search.Run();
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->history.size(), 8u);
  EXPECT_EQ(result->end_reason, "space exhausted after 8 distinct networks");
}

TEST(RunSearch, InfeasibleOnesAreRecordedWithoutFitness) {
  FakeSearch search;
  search.memory.limit_ = 10000;  // only width 0.5 and resolution 16: 1 in 6
  const auto result = search.Run();
  ASSERT_TRUE(result.ok());
  int outside = 0;
  for (const CandidateRecord& r : result->history) {
    if (r.failure == FailureClass::kNone) continue;
    ++outside;
    EXPECT_EQ(r.failure, FailureClass::kInfeasible);
    EXPECT_NE(r.failure_reason.find("sram: needs"), std::string::npos);
    EXPECT_EQ(r.metrics.count(metric::kAccuracy), 0u);
    EXPECT_EQ(r.metrics.count(metric::kPredictedLatency), 0u);
    EXPECT_GT(r.violation, 0);
  }
  EXPECT_GT(outside, 0);
  EXPECT_EQ(search.accuracy.asked_.size(), 60u) << "infeasible ones cost no evaluation";
  EXPECT_EQ(result->rounds.back().infeasible, outside);
}

// What a board said decides; before it has spoken, the lower end of the prediction does.
TEST(RunSearch, LatencyIsALimitToo) {
  for (const char* algorithm : {"nsga2", "aging", "bayes", "random"}) {
    FakeSearch search;
    search.setup.search.algorithm = algorithm;
    search.setup.limits.latency_ms = 3e-5 * 300'000;
    const auto result = search.Run();
    ASSERT_TRUE(result.ok()) << result.error().message;
    int measured_outside = 0;
    for (const CandidateRecord& r : result->history) {
      const auto said = MetricValue(r, metric::kLatency);
      const double known = said ? *said : *MetricValue(r, metric::kPredictedLatencyLow);
      EXPECT_EQ(r.failure == FailureClass::kNone, known <= 9) << algorithm << r.failure_reason;
      EXPECT_EQ(r.failure_reason.substr(0, 9), known <= 9 ? "" : "latency: ");
      measured_outside += said && *said > 9;
    }
    EXPECT_GT(measured_outside, 0) << "a limit that decides nothing tests nothing";
    for (const size_t i : result->best) EXPECT_TRUE(result->history[i].usable());
    FakeSearch again;
    again.setup = search.setup;
    again.study = search.study;
    ASSERT_TRUE(again.Run().ok());
    EXPECT_TRUE(again.accuracy.asked_.empty()) << "a replay asks nobody";
  }
}

TEST(RunSearch, ALimitThatNobodyComputesIsRefused) {
  FakeSearch search;
  search.setup.limits.latency_ms = 5;
  search.setup.search.objectives = {{"accuracy", Direction::kMax}};
  SearchPorts ports = search.ports();
  ports.latency = nullptr;
  const auto result = RunSearch(search.setup, ports, search.stop);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kUsage);
}

TEST(RunSearch, NothingFeasibleEndsWithThatError) {
  FakeSearch search;
  search.memory.limit_ = 1;
  const auto result = search.Run();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kInfeasible);
}

TEST(RunSearch, FinalistsTeachTheModelAndTheNextRoundUsesIt) {
  FakeSearch search;
  const auto result = search.Run();
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(search.finalists.measured_.size(), 12u) << "2 in each of 6 rounds";
  EXPECT_EQ(std::set<Hash128>(search.finalists.measured_.begin(), search.finalists.measured_.end())
                .size(),
            12u)
      << "nobody twice";
  EXPECT_EQ(search.latency.fits_, 6);
  EXPECT_NEAR(search.latency.factor_, 3e-5, 0.05 * 3e-5);
  // The prior was wrong by a factor of 3; predictions after the first round are good.
  EXPECT_NEAR(result->rounds[0].latency_error, 2.0 / 3, 0.05);
  for (const CandidateRecord& r : result->history) {
    const double predicted = *MetricValue(r, metric::kPredictedLatency);
    const double expected = 3e-5 * testing::FakeMacs(r.architecture);
    const bool first_round_finalist = r.round == 0 && FindMetric(r, metric::kLatency) != nullptr;
    if (first_round_finalist) continue;
    EXPECT_NEAR(predicted, expected, 0.06 * expected);
  }
  EXPECT_LT(result->rounds.back().latency_error, 0.25);
  EXPECT_GT(result->rounds.back().latency_tau, 0.2);
  EXPECT_NE(result->rounds.back().predictor_json.find("factor"), std::string::npos);
}

TEST(RunSearch, AnUnpluggedBoardNeverReachesTheFitness) {
  FakeSearch search;
  search.finalists.fail_all_ = FailureClass::kInfrastructure;
  const auto result = search.Run();
  ASSERT_TRUE(result.ok());
  int flagged = 0;
  for (const CandidateRecord& r : result->history) {
    flagged += r.failure == FailureClass::kInfrastructure;
    EXPECT_TRUE(r.usable());
    EXPECT_EQ(FindMetric(r, metric::kLatency), nullptr);
    EXPECT_EQ(r.metrics.count(metric::kPredictedLatency), 1u);
  }
  EXPECT_GT(flagged, 0);
  EXPECT_EQ(search.latency.fits_, 0);
  EXPECT_TRUE(std::isnan(result->rounds.back().latency_error));
  // Tried again in later rounds, but not for ever.
  std::map<Hash128, int> tries;
  for (const Hash128& hash : search.finalists.measured_) ++tries[hash];
  for (const auto& [hash, times] : tries) EXPECT_LE(times, 3);
  // The search itself is the one it would have been without a bench.
  FakeSearch without;
  without.setup.search.finalists_per_round = 0;
  const auto calm = without.Run();
  ASSERT_TRUE(calm.ok());
  for (size_t i = 0; i < calm->history.size(); ++i) {
    EXPECT_EQ(calm->history[i].hash, result->history[i].hash);
  }
}

TEST(RunSearch, CandidateFailuresLeaveTheFront) {
  FakeSearch search;
  search.finalists.fail_all_ = FailureClass::kCandidate;
  const auto result = search.Run();
  ASSERT_TRUE(result.ok());
  for (const size_t i : result->front) EXPECT_EQ(result->history[i].failure, FailureClass::kNone);
  for (const size_t i : result->best) EXPECT_EQ(result->history[i].failure, FailureClass::kNone);
  EXPECT_EQ(result->best.size(), 6u);
}

TEST(RunSearch, HypervolumeNeverFallsWithoutMeasurements) {
  FakeSearch search;
  search.setup.search.finalists_per_round = 0;
  const auto result = search.Run();
  ASSERT_TRUE(result.ok());
  for (size_t r = 1; r < result->rounds.size(); ++r) {
    EXPECT_GE(result->rounds[r].hypervolume, result->rounds[r - 1].hypervolume);
  }
  EXPECT_GT(result->rounds[0].hypervolume, 0);
  EXPECT_LT(result->rounds.back().hypervolume, 1);
}

TEST(RunSearch, AReplayAsksNobodyAndSaysTheSame) {
  FakeSearch search;
  const auto first = search.Run();
  ASSERT_TRUE(first.ok());
  FakeSearch again;
  again.study = search.study;
  const auto second = again.Run();
  ASSERT_TRUE(second.ok());
  EXPECT_TRUE(again.accuracy.asked_.empty());
  EXPECT_TRUE(again.finalists.measured_.empty());
  ASSERT_EQ(second->history.size(), first->history.size());
  for (size_t i = 0; i < first->history.size(); ++i) {
    EXPECT_EQ(second->history[i].hash, first->history[i].hash);
    EXPECT_EQ(second->history[i].metrics, first->history[i].metrics);
  }
  EXPECT_EQ(second->front, first->front);
  EXPECT_EQ(second->best, first->best);
}

TEST(RunSearch, TheClockDecidesOncePerRound) {
  FakeSearch search;
  search.setup.search.budget = {100000, 1e-9};  // over after the first round
  const auto first = search.Run();
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->end_reason, "time budget used up");
  EXPECT_EQ(first->history.size(), 10u);
  FakeSearch again;  // the same study on a machine with all the time in the world
  again.study = search.study;
  again.setup.search.budget = {100000, 1e6};
  const auto second = again.Run();
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->end_reason, "time budget used up");
  EXPECT_EQ(second->history.size(), 10u);
}

TEST(RunSearch, RefusesAForeignStudy) {
  FakeSearch search;
  ASSERT_TRUE(search.Run().ok());
  FakeSearch other;
  other.study = search.study;
  other.setup.search.seed = 8;
  const auto refused = other.Run();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kUsage);
  FakeSearch longer;  // a larger budget continues
  longer.study = search.study;
  longer.setup.search.budget.evaluations = 80;
  const auto continued = longer.Run();
  ASSERT_TRUE(continued.ok()) << continued.error().message;
  EXPECT_EQ(longer.accuracy.asked_.size(), 20u);
}

TEST(RunSearch, StartNetworksAreKnownByWhatTheyAreNotByTheirFiles) {
  FakeSearch search;
  search.setup.search.start = {"/here/a.json"};
  search.setup.start = {Smallest(testing::SmallSpace())};
  ASSERT_TRUE(search.Run().ok());
  FakeSearch moved;
  moved.study = search.study;
  moved.setup.search.start = {"/there/a.json"};
  moved.setup.start = search.setup.start;
  EXPECT_TRUE(moved.Run().ok());
  moved.setup.start = {Largest(testing::SmallSpace())};
  EXPECT_EQ(moved.Run().error().code, ErrorCode::kUsage);
}

TEST(RunSearch, StopsWhenAsked) {
  FakeSearch search;
  search.stop.RequestStop();
  const auto result = search.Run();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kInterrupted);
}

TEST(RunSearch, ALatencyObjectiveNeedsAModel) {
  FakeSearch search;
  const auto result =
      RunSearch(search.setup, {&search.accuracy, &search.memory, nullptr, nullptr, &search.study},
                search.stop);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kUsage);
  search.setup.search.objectives.erase(metric::kLatency);
  EXPECT_TRUE(RunSearch(search.setup,
                        {&search.accuracy, &search.memory, nullptr, nullptr, &search.study},
                        search.stop)
                  .ok());
}

}  // namespace
}  // namespace mcunas
