// What Bayesian optimisation promises beyond what every strategy does (strategy_test.cc).
#include "nas/search/bayes/bayes_search.h"

#include <gtest/gtest.h>

#include <set>

#include "../fakes.h"
#include "nas/space/enumerate.h"
#include "nas/space/genes.h"

namespace mcunas {
namespace {

using testing::FakeMacs;
using testing::FakeMemory;
using testing::FakeScore;
using testing::FakeSearch;
using testing::SmallSpace;

SearchConfig Config(const Objectives& objectives) {
  SearchConfig config;
  config.algorithm = "bayes";
  config.population = 12;
  config.objectives = objectives;
  return config;
}

CandidateRecord Told(int64_t index, const Architecture& a, double score) {
  CandidateRecord r;
  r.index = index;
  r.architecture = a;
  r.metrics[metric::kAccuracy].value = score;
  r.metrics[metric::kMacs].value = FakeMacs(a);
  r.metrics[metric::kSram].value = a.width * a.resolution.height * 1000;
  return r;
}

class Bayes : public ::testing::Test {
 protected:
  std::unique_ptr<SearchStrategy> Make(const SearchConfig& config) {
    return MakeBayesSearch({SmallSpace(), config, {}, costs_});
  }
  // Asks for and tells `evaluations`, batch by batch; the scores are `score`'s.
  template <typename Score>
  std::vector<CandidateRecord> Talk(SearchStrategy* strategy, int evaluations, Score score) {
    std::vector<CandidateRecord> all;
    while (std::ssize(all) < evaluations) {
      std::vector<CandidateRecord> batch;
      for (const Architecture& a : strategy->Ask(strategy->batch())) {
        batch.push_back(Told(std::ssize(all) + std::ssize(batch), a, score(a)));
      }
      strategy->Tell(batch);
      all.insert(all.end(), batch.begin(), batch.end());
    }
    return all;
  }

  FakeMemory memory_;
  CandidateCosts costs_{SmallSpace(), {}, memory_, nullptr};
};

const Objectives kOne = {{"accuracy", Direction::kMax}};
const Objectives kTwo = {{"accuracy", Direction::kMax}, {"macs", Direction::kMin}};
const Objectives kThree = {
    {"accuracy", Direction::kMax}, {"macs", Direction::kMin}, {"sram_bytes", Direction::kMin}};

TEST_F(Bayes, ProposesNothingTwiceAndNothingOutsideTheLimits) {
  memory_.limit_ = 13000;
  for (const Objectives& objectives : {kOne, kTwo, kThree}) {
    const auto strategy = Make(Config(objectives));
    std::set<std::vector<uint8_t>> seen;
    for (const CandidateRecord& r : Talk(strategy.get(), 120, FakeScore)) {
      EXPECT_TRUE(seen.insert(GeneLevels(SmallSpace(), r.architecture)).second);
      EXPECT_TRUE(costs_.Of(r.architecture).feasible);
    }
  }
}

TEST_F(Bayes, StartersSpreadOverTheMacs) {
  SearchConfig config = Config(kTwo);
  const auto strategy = Make(config);
  const auto starters = strategy->Ask(static_cast<int>(config.bayes.starters));
  for (size_t i = 1; i < starters.size(); ++i) {
    EXPECT_LE(FakeMacs(starters[i - 1]), FakeMacs(starters[i]));
  }
  EXPECT_EQ(starters.front(), Smallest(SmallSpace()));
  EXPECT_EQ(starters.back(), Largest(SmallSpace()));
  const auto accurate = Make(Config(kOne))->Ask(16);
  EXPECT_GT(FakeMacs(accurate.front()), 2 * FakeMacs(starters.front())) << "the upper half";
}

// A smooth score with its optimum inside the space.
double Smooth(const Architecture& a) {
  double score = 1 - std::pow(a.width - 0.75, 2);
  for (const auto& stage : a.stages) {
    for (const BlockChoice& block : stage) {
      score += 0.02 * (block.kernel == 5) - 0.03 * (block.expansion == 4);
    }
  }
  return score - 0.01 * (a.resolution == 24);
}

TEST_F(Bayes, FindsTheOptimumOfWhatItCanModel) {
  const auto all = Enumerate(SmallSpace(), 10000);
  ASSERT_TRUE(all.ok());
  double best = 0;
  for (const Architecture& a : *all) best = std::max(best, Smooth(a));
  for (int64_t seed = 0; seed < 5; ++seed) {
    SearchConfig config = Config(kOne);
    config.seed = seed;
    const auto strategy = Make(config);
    double found = 0;
    for (const CandidateRecord& r : Talk(strategy.get(), 36, Smooth)) {
      found = std::max(found, *MetricValue(r, metric::kAccuracy));
    }
    EXPECT_NEAR(found, best, 1e-9) << "seed " << seed;
  }
}

TEST_F(Bayes, StandsScoresThatSayNothing) {
  const auto equal = Make(Config(kTwo));
  Talk(equal.get(), 60, [](const Architecture&) { return 0.1; });
  const auto nan = Make(Config(kTwo));
  Talk(nan.get(), 60, [](const Architecture&) { return std::nan(""); });
}

TEST_F(Bayes, CandidatesThatFailOnABoardAreNoFront) {
  const auto strategy = Make(Config(kOne));
  auto told = Talk(strategy.get(), 20, Smooth);
  // The best one turns out to crash: what it scored stays known, but there is more to win again.
  for (CandidateRecord& r : told) r.failure = FailureClass::kCandidate;
  strategy->Tell(told);
  EXPECT_EQ(strategy->Ask(5).size(), 5u);
}

TEST_F(Bayes, UsesUpASpaceSmallerThanItsBatches) {
  FakeSearch search;
  search.setup.space.width = {1.0};
  search.setup.space.kernel = {3};
  search.setup.space.depth = {1};
  search.setup.search.algorithm = "bayes";
  search.setup.search.budget.evaluations = 1000;
  const auto result = search.Run();
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->history.size(), 8u);
  EXPECT_EQ(result->end_reason, "space exhausted after 8 distinct networks");
}

TEST_F(Bayes, SearchesWithLatencyFromTheModelAndTheBoards) {
  FakeSearch search;
  search.setup.search.algorithm = "bayes";
  search.memory.limit_ = 20000;
  const auto result = search.Run();
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(search.accuracy.asked_.size(), 60u);
  EXPECT_EQ(result->history.size(), 60u) << "costs are known ahead: nobody was outside the limits";
  EXPECT_GT(search.latency.fits_, 0);
}

TEST_F(Bayes, AReplayIsTheSameSearch) {
  FakeSearch search;
  search.setup.search.algorithm = "bayes";
  const auto whole = search.Run();
  ASSERT_TRUE(whole.ok());
  // A shorter search, then the longer one on its study: what a kill and a resume amount to.
  FakeSearch first;
  first.setup.search.algorithm = "bayes";
  first.setup.search.budget.evaluations = 33;
  ASSERT_TRUE(first.Run().ok());
  FakeSearch second;
  second.setup.search.algorithm = "bayes";
  second.study = first.study;
  const auto resumed = second.Run();
  ASSERT_TRUE(resumed.ok());
  ASSERT_EQ(resumed->history.size(), whole->history.size());
  for (size_t i = 0; i < whole->history.size(); ++i) {
    EXPECT_EQ(resumed->history[i].hash, whole->history[i].hash) << i;
  }
}

}  // namespace
}  // namespace mcunas
