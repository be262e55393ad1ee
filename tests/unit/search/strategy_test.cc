#include "nas/search/strategy.h"

#include <gtest/gtest.h>

#include "fakes.h"
#include "nas/space/architecture.h"
#include "nas/space/enumerate.h"

namespace mcunas {
namespace {

using testing::SmallSpace;

// Of the small space, whose costs the fakes know.
std::unique_ptr<SearchStrategy> Make(const SearchConfig& config) {
  static const testing::FakeMemory memory;
  static CandidateCosts costs(SmallSpace(), {}, memory, nullptr);
  return MakeStrategy({SmallSpace(), config, {}, costs});
}

class EveryStrategy : public ::testing::TestWithParam<const char*> {
 protected:
  static SearchConfig Config() {
    SearchConfig config;
    config.algorithm = GetParam();
    config.population = 8;
    config.objectives = {{"accuracy", Direction::kMax}, {"macs", Direction::kMin}};
    return config;
  }
  static CandidateRecord Record(int64_t index, const Architecture& a) {
    CandidateRecord r;
    r.index = index;
    r.architecture = a;
    r.metrics[metric::kAccuracy].value = testing::FakeScore(a);
    r.metrics[metric::kMacs].value = testing::FakeMacs(a);
    return r;
  }
};

TEST_P(EveryStrategy, ProposesOnlyWhatTheSpaceHolds) {
  const auto strategy = Make(Config());
  int64_t index = 0;
  for (int round = 0; round < 10; ++round) {
    std::vector<CandidateRecord> told;
    for (const Architecture& a : strategy->Ask(8)) {
      EXPECT_TRUE(Contains(SmallSpace(), a));
      told.push_back(Record(index++, a));
    }
    EXPECT_EQ(told.size(), 8u);
    strategy->Tell(told);
  }
}

TEST_P(EveryStrategy, IsAFunctionOfTheConversation) {
  const auto talk = [](int64_t seed) {
    SearchConfig config = Config();
    config.seed = seed;
    const auto strategy = Make(config);
    std::string all;
    for (int64_t index = 0; index < 40; ++index) {
      const Architecture a = strategy->Ask(1)[0];
      all += ArchitectureToJson(a) + "\n";
      const CandidateRecord told[] = {Record(index, a)};
      strategy->Tell(told);
    }
    return all;
  };
  EXPECT_EQ(talk(1), talk(1));
  EXPECT_NE(talk(1), talk(2));
}

TEST_P(EveryStrategy, OneAskOfManyIsManyAsksOfOne) {
  const auto together = Make(Config());
  const auto apart = Make(Config());
  std::vector<Architecture> singles;
  for (int i = 0; i < 8; ++i) singles.push_back(apart->Ask(1)[0]);
  EXPECT_EQ(together->Ask(8), singles);
}

TEST_P(EveryStrategy, CopesWithNothingFeasible) {
  const auto strategy = Make(Config());
  for (int64_t index = 0; index < 40; ++index) {
    CandidateRecord record;
    record.index = index;
    record.architecture = strategy->Ask(1)[0];
    record.failure = FailureClass::kInfeasible;
    record.violation = 1.0 / static_cast<double>(index + 1);
    strategy->Tell(std::span(&record, 1));
  }
  EXPECT_EQ(strategy->Ask(3).size(), 3u);
}

INSTANTIATE_TEST_SUITE_P(All, EveryStrategy,
                         ::testing::Values("nsga2", "aging", "bayes", "random"));

// With one survivor that is told to be perfect, children resemble it.
TEST(Evolution, BreedsFromTheBest) {
  for (const char* algorithm : {"nsga2", "aging"}) {
    SearchConfig config;
    config.algorithm = algorithm;
    config.population = 4;
    config.evolution.tournament = 16;
    config.evolution.crossover = 0;
    config.evolution.mutation = 0;  // one gene
    config.objectives = {{"accuracy", Direction::kMax}};
    const auto strategy = Make(config);
    const Architecture best = Largest(SmallSpace());
    std::vector<CandidateRecord> told;
    int64_t index = 0;
    for (const Architecture& a : strategy->Ask(3)) {
      CandidateRecord& r = told.emplace_back();
      r.index = index++;
      r.architecture = a;
      r.metrics[metric::kAccuracy].value = 0.1;
    }
    told.emplace_back();
    told.back().index = index;
    told.back().architecture = best;
    told.back().metrics[metric::kAccuracy].value = 0.9;
    (void)strategy->Ask(1);
    strategy->Tell(told);
    int near = 0;
    for (const Architecture& child : strategy->Ask(20)) {
      int genes = (child.resolution != best.resolution) + (child.width != best.width);
      for (size_t s = 0; s < 2; ++s) {
        genes += child.stages[s].size() != best.stages[s].size();
        for (size_t i = 0; i < std::min(child.stages[s].size(), best.stages[s].size()); ++i) {
          genes += child.stages[s][i].kernel != best.stages[s][i].kernel;
          genes += child.stages[s][i].expansion != best.stages[s][i].expansion;
        }
      }
      near += genes == 1;
    }
    EXPECT_GE(near, 18) << algorithm;
  }
}

TEST(Nsga2, ForgetsInfeasibleParentsOnceThereAreFeasibleOnes) {
  SearchConfig config;
  config.population = 4;
  config.evolution.crossover = 0;
  config.evolution.mutation = 0;
  config.objectives = {{"accuracy", Direction::kMax}};
  const auto strategy = Make(config);
  (void)strategy->Ask(4);
  std::vector<CandidateRecord> told(8);
  for (size_t i = 0; i < 8; ++i) {
    told[i].index = static_cast<int64_t>(i);
    told[i].architecture = i < 4 ? Largest(SmallSpace()) : Smallest(SmallSpace());
    told[i].metrics[metric::kAccuracy].value = i < 4 ? 0.9 : 0.5;
    if (i < 4) told[i].failure = FailureClass::kInfeasible;
    told[i].violation = i < 4 ? 0.5 : 0;
  }
  strategy->Tell(told);
  for (const Architecture& child : strategy->Ask(30)) {
    EXPECT_LT(testing::FakeMacs(child), 0.8 * testing::FakeMacs(Largest(SmallSpace())));
  }
}

TEST(Aging, TheOldestDieHoweverGoodTheyAre) {
  SearchConfig config;
  config.algorithm = "aging";
  config.population = 4;
  config.evolution.tournament = 16;
  config.evolution.mutation = 0;
  config.objectives = {{"accuracy", Direction::kMax}};
  const auto strategy = Make(config);
  (void)strategy->Ask(4);
  std::vector<CandidateRecord> told(5);
  for (size_t i = 0; i < 5; ++i) {
    told[i].index = static_cast<int64_t>(i);
    told[i].architecture = i == 0 ? Largest(SmallSpace()) : Smallest(SmallSpace());
    told[i].metrics[metric::kAccuracy].value = i == 0 ? 0.9 : 0.5;
  }
  strategy->Tell(told);
  for (const Architecture& child : strategy->Ask(20)) {
    EXPECT_LT(testing::FakeMacs(child), 0.5 * testing::FakeMacs(Largest(SmallSpace())));
  }
}

}  // namespace
}  // namespace mcunas
