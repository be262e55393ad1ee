// Successive halving of the final training, and baselines on the way of the finalists.
#include "nas/finalists/race.h"

#include <gmock/gmock.h>

#include "fakes.h"
#include "nas/finalists/baseline_networks.h"
#include "nas/finalists/final_ranking.h"
#include "nas/space/enumerate.h"
#include "nas/space/lower.h"
#include "network/operator_counts.h"

namespace mcunas {
namespace {

using ::testing::SizeIs;

double MacsOf(const Architecture& a) {
  return static_cast<double>(NetworkMacs(Lower(testing::TinySpace(), {}, a)).value);
}

class Race : public testing::Workshop {
 protected:
  Race() { options_.fine_tune = {.epochs = 32, .rate = 0.5, .weight_decay = 8, .race = true}; }

  std::vector<RaceEntry> Run() {
    const auto entries = RunRace(options_, ports_, candidates_, stop_);
    EXPECT_TRUE(entries) << entries.error().message;
    return entries.value();
  }
  int64_t Count(int64_t epochs) {
    int64_t count = 0;
    for (const RaceEntry& entry : Run()) count += entry.recipe.epochs == epochs;
    return count;
  }
  // Float score that the fake gives after so many epochs.
  double ScoreAfter(size_t i, int64_t epochs) {
    const auto weights = weights_.Extract(candidates_[i].architecture, {.epochs = epochs}, stop_);
    return weights_.FloatScore(*weights, DataSplit::kHoldout)->score;
  }

  std::vector<CandidateRecord> candidates_ = testing::Candidates(7);
};

TEST_F(Race, TheBetterTrainLonger) {
  const std::vector<RaceEntry> entries = Run();
  ASSERT_THAT(entries, SizeIs(7));
  EXPECT_EQ(Count(2), 5) << "a sixteenth";
  EXPECT_EQ(Count(4), 1) << "an eighth";
  EXPECT_EQ(Count(32), 1);
  for (size_t i = 0; i < entries.size(); ++i) {
    EXPECT_EQ(entries[i].recipe.rate, 0.5);
    EXPECT_EQ(entries[i].recipe.decay, 8);
    EXPECT_EQ(entries[i].lost, entries[i].recipe.epochs < 32);
    EXPECT_EQ(entries[i].recipe.start, WeightsRecipe::Start::kInherited);
    for (size_t j = 0; j < entries.size(); ++j) {
      if (entries[i].recipe.epochs == 2 || entries[j].recipe.epochs > 2) continue;
      EXPECT_GE(ScoreAfter(i, 2), ScoreAfter(j, 2));
    }
  }
}

TEST_F(Race, WorkCountsEveryHeat) {
  const std::vector<RaceEntry> entries = Run();
  for (size_t i = 0; i < entries.size(); ++i) {
    const int64_t last = entries[i].recipe.epochs;
    const double epochs = last == 2 ? 2 : last == 4 ? 2 + 4 : 2 + 4 + 32;
    EXPECT_EQ(entries[i].training, epochs * MacsOf(candidates_[i].architecture));
  }
}

TEST_F(Race, EqualWorkGivesSmallNetworksMoreEpochs) {
  options_.fine_tune.unit = FineTuneUnit::kWork;
  const Architecture small = Smallest(testing::TinySpace()), large = Largest(testing::TinySpace());
  EXPECT_EQ(FineTuneRecipe(options_, large, 1).epochs, 32);
  const double ratio = MacsOf(large) / MacsOf(small);
  ASSERT_GT(ratio, 1.5);
  EXPECT_NEAR(static_cast<double>(FineTuneRecipe(options_, small, 1).epochs), 32 * ratio, 0.5);
  EXPECT_EQ(FineTuneRecipe(options_, large, 1e-6).epochs, 1) << "a heat of no epoch judges nothing";
  options_.fine_tune.epochs = 0;
  EXPECT_EQ(FineTuneRecipe(options_, large, 1).epochs, 0);
}

TEST_F(Race, NobodyRunsAHeatThatAllSurviveOrThatTrainsNothing) {
  candidates_.resize(2);
  EXPECT_EQ(Count(4), 1) << "two meet in the second heat";
  EXPECT_EQ(weights_.recipes_.size(), 2u);
  options_.fine_tune.epochs = 0;
  EXPECT_EQ(Count(0), 2);
  EXPECT_EQ(weights_.recipes_.size(), 2u);
}

TEST_F(Race, WithoutOneEverybodyTrainsForAllOfIt) {
  options_.fine_tune.race = false;
  EXPECT_EQ(Count(32), 7);
  EXPECT_TRUE(weights_.recipes_.empty()) << "nobody is judged";
}

TEST_F(Race, HeatsAreNotRunAgainAfterAKill) {
  const std::vector<RaceEntry> first = Run();
  const size_t extracted = weights_.recipes_.size();
  EXPECT_EQ(extracted, 7u + 2u);
  const std::vector<RaceEntry> again = Run();
  EXPECT_EQ(weights_.recipes_.size(), extracted);
  for (size_t i = 0; i < first.size(); ++i) EXPECT_EQ(first[i].recipe, again[i].recipe);
}

TEST_F(Race, HeatsOfAnotherRecipeAreNotTaken) {
  Run();
  const size_t extracted = weights_.recipes_.size();
  options_.fine_tune.rate = 0.25;
  Run();
  EXPECT_EQ(weights_.recipes_.size(), 2 * extracted);
  options_.fine_tune.weight_decay = 4;
  Run();
  EXPECT_EQ(weights_.recipes_.size(), 3 * extracted);
}

TEST_F(Race, TheRankingShipsWhatTheRaceTrained) {
  const auto ranking = RankFinalNetworks(options_, ports_, candidates_, stop_);
  ASSERT_TRUE(ranking) << ranking.error().message;
  int64_t full = 0;
  for (const FinalNetwork& network : *ranking) {
    full += network.recipe.epochs == 32;
    EXPECT_EQ(network.lost_race, network.recipe.epochs < 32);
    EXPECT_EQ(network.record.metrics.count("float_accuracy"), 1u);
    EXPECT_EQ(network.record.metrics.count("float_test_accuracy"), 1u);
    EXPECT_EQ(MetricValue(network.record, "test_accuracy_images"), 40);
  }
  EXPECT_EQ(full, 1);
}

TEST_F(Race, BaselinesAreJudgedLikeFinalistsButNotMeasured) {
  const Baseline baselines[] = {
      {BaselineKind::kLargest, candidates_[0], {WeightsRecipe::Start::kRandom, 5}},
      {BaselineKind::kUniform, candidates_[0], {WeightsRecipe::Start::kRandom, 5}},
      {BaselineKind::kRandom, candidates_[1],
       FineTuneRecipe(options_, candidates_[1].architecture, 1)}};
  const auto networks = EvaluateBaselines(options_, ports_, baselines, stop_);
  ASSERT_TRUE(networks) << networks.error().message;
  ASSERT_THAT(*networks, SizeIs(3));
  EXPECT_EQ(weights_.recipes_.size(), 2u) << "what two have in common is trained once";
  EXPECT_EQ((*networks)[0].network.recipe, (WeightsRecipe{WeightsRecipe::Start::kRandom, 5}));
  EXPECT_EQ((*networks)[1].network.record.metrics, (*networks)[0].network.record.metrics);
  EXPECT_EQ((*networks)[2].network.recipe.epochs, 32) << "as the winner";
  for (const BaselineNetwork& baseline : *networks) {
    EXPECT_EQ(baseline.network.record.metrics.count("test_accuracy"), 1u);
    EXPECT_EQ(baseline.network.record.metrics.count("int8_accuracy"), 1u);
  }
  EXPECT_TRUE(boards_.requests_.empty());
  EXPECT_TRUE(std::filesystem::exists(folder_ / "baselines/alone"));
  const size_t extracted = weights_.recipes_.size();
  ASSERT_TRUE(EvaluateBaselines(options_, ports_, baselines, stop_));
  EXPECT_EQ(weights_.recipes_.size(), extracted) << "kept in the study";
}

}  // namespace
}  // namespace mcunas
