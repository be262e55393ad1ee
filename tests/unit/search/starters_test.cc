// Networks that need no search, against a look at the whole space.
#include "nas/search/starters.h"

#include <gmock/gmock.h>

#include "fakes.h"
#include "nas/search/baselines.h"
#include "nas/search/result.h"
#include "nas/space/enumerate.h"

namespace mcunas {
namespace {

using testing::FakeMacs;
using testing::FakeMemory;
using ::testing::IsEmpty;
using testing::SmallSpace;

bool Fits(const Architecture& a, const MemoryEvaluator& memory) {
  CandidateRecord record;
  record.architecture = a;
  memory.Evaluate(&record);
  return record.failure == FailureClass::kNone;
}

// Fits below so many MACs; no limit that a single choice decides.
class MacsLimit : public FakeMemory {
 public:
  explicit MacsLimit(double most) : most_(most) {}
  void Evaluate(CandidateRecord* record) const override {
    FakeMemory::Evaluate(record);
    if (FakeMacs(record->architecture) <= most_) return;
    record->failure = FailureClass::kInfeasible;
    record->failure_reason = "macs: too many";
  }
  double most_;
};

double MostMacs(const MemoryEvaluator& memory) {
  double most = 0;
  const std::vector<Architecture> all = Enumerate(SmallSpace(), 10'000).value();
  for (const Architecture& a : all)
    if (Fits(a, memory)) most = std::max(most, FakeMacs(a));
  return most;
}

TEST(LargestWithin, IsTheLargestOfTheWholeSpace) {
  EXPECT_EQ(LargestWithin(SmallSpace(), FakeMemory()), Largest(SmallSpace()));
  for (const double limit : {0.9, 0.6, 0.4, 0.15}) {
    const MacsLimit memory(limit * FakeMacs(Largest(SmallSpace())));
    const auto found = LargestWithin(SmallSpace(), memory, 10'000);
    ASSERT_TRUE(found);
    EXPECT_TRUE(Fits(*found, memory));
    EXPECT_EQ(FakeMacs(*found), MostMacs(memory)) << limit;
  }
}

TEST(LargestWithin, ClimbsWhereTheSpaceIsTooLargeToLookAt) {
  const MacsLimit memory(0.2 * FakeMacs(Largest(SmallSpace())));
  const auto found = LargestWithin(SmallSpace(), memory, 20);
  ASSERT_TRUE(found);
  EXPECT_TRUE(Fits(*found, memory));
  EXPECT_GT(FakeMacs(*found), 0.85 * MostMacs(memory));
}

TEST(LargestWithin, IsNothingWhereNothingFits) {
  EXPECT_EQ(LargestWithin(SmallSpace(), MacsLimit(0)), std::nullopt);
  EXPECT_THAT(UniformScalings(SmallSpace(), MacsLimit(0)), IsEmpty());
  EXPECT_THAT(Starters(SmallSpace(), MacsLimit(0), 9), IsEmpty());
}

TEST(UniformScalings, AreWidthTimesResolutionWithinTheLimits) {
  const FakeMemory memory(18'000);  // width x resolution x 1000: 24 x 1.0 does not fit
  const std::vector<Architecture> scalings = UniformScalings(SmallSpace(), memory);
  ASSERT_EQ(scalings.size(), 5u);
  for (size_t i = 0; i < scalings.size(); ++i) {
    EXPECT_EQ(scalings[i].stages, Largest(SmallSpace()).stages);
    EXPECT_TRUE(Fits(scalings[i], memory));
    EXPECT_GE(FakeMacs(scalings[i == 0 ? 0 : i - 1]), FakeMacs(scalings[i]));
  }
}

TEST(Starters, BeginWithTheLargestAndRepeatNothing) {
  const std::vector<Architecture> all = Starters(SmallSpace(), FakeMemory(), 100);
  EXPECT_EQ(all.front(), Largest(SmallSpace()));
  EXPECT_EQ(all.size(), 6u) << "the largest is a uniform scaling here";
  EXPECT_EQ(Starters(SmallSpace(), FakeMemory(), 2).size(), 2u);
}

TEST(Starters, BeginWithWhatIsGiven) {
  const Architecture given = Smallest(SmallSpace());
  const std::vector<Architecture> all =
      Starters(SmallSpace(), FakeMemory(), 2, {given, Largest(SmallSpace()), given});
  ASSERT_EQ(all.size(), 4u) << "two given, two beside them";
  EXPECT_EQ(all[0], given);
  EXPECT_EQ(all[1], Largest(SmallSpace()));
  EXPECT_NE(all[2], all[1]);
}

// MACs of a space of its own, and a limit on them.
class MacsOf : public MemoryEvaluator {
 public:
  MacsOf(const SpaceConfig& space, double most) : space_(space), most_(most) {}
  double Macs(const Architecture& a) const {
    return static_cast<double>(NetworkMacs(Lower(space_, {}, a)).value);
  }
  void Evaluate(CandidateRecord* record) const override {
    const double macs = Macs(record->architecture);
    record->metrics[metric::kMacs] = {macs, "MACs", Source::kAnalytic};
    if (macs > most_) record->failure = FailureClass::kInfeasible;
  }

 private:
  SpaceConfig space_;
  double most_;
};

// The next smaller of coupled choices is one step.
TEST(LargestWithin, IsNearTheLargestInASpaceOfSeveralKinds) {
  SpaceConfig space = SmallSpace();
  space.stages.resize(1);
  space.stages[0].channels = {8, 16};
  space.stages[0].depth = {0, 2};
  space.stages[0].choices = {"mb4k5", "plain_k3", "fused2k3", "mb2k3_se0.25"};
  const auto all = Enumerate(space, 10'000);
  ASSERT_TRUE(all.ok());
  for (const double most : {2e5, 5e5, 1e6, 2e6}) {
    const MacsOf memory(space, most);
    double best = 0;
    for (const Architecture& a : *all) {
      if (memory.Macs(a) <= most) best = std::max(best, memory.Macs(a));
    }
    const auto found = LargestWithin(space, memory);
    ASSERT_EQ(found.has_value(), best > 0) << most;
    if (!found) continue;
    EXPECT_GE(memory.Macs(*found), 0.85 * best) << most;
  }
}

class Baselines : public ::testing::Test {
 protected:
  std::vector<Baseline> Choose(BaselineBudget budget) {
    const auto chosen =
        ChooseBaselines(search_.setup, search_.ports(),
                        {.budget = budget,
                         .work = 3e12,
                         .epochs = 7,
                         .training_images = 1000,
                         .evaluations = 40,
                         .final_recipe =
                             [](const Architecture&) {
                               return WeightsRecipe{WeightsRecipe::Start::kInherited, 24, 0.25, 8};
                             }},
                        stop_);
    EXPECT_TRUE(chosen) << chosen.error().message;
    return chosen.value();
  }

  testing::FakeSearch search_;
  StopToken stop_;
};

TEST_F(Baselines, SpendTheWorkOfTheSearch) {
  const std::vector<Baseline> baselines = Choose(BaselineBudget::kEqualCost);
  ASSERT_EQ(baselines.size(), 3u);
  for (const Baseline& baseline : baselines) {
    EXPECT_TRUE(Fits(baseline.record.architecture, search_.memory));
    if (baseline.kind == BaselineKind::kRandom) {
      EXPECT_EQ(baseline.recipe, (WeightsRecipe{WeightsRecipe::Start::kInherited, 24, 0.25, 8}));
      continue;
    }
    EXPECT_EQ(baseline.recipe.start, WeightsRecipe::Start::kRandom);
    EXPECT_EQ(baseline.recipe.rate, 1) << "a quarter of it is for weights that are trained already";
    EXPECT_EQ(baseline.recipe.decay, 8) << "equal conditions";
    const double epochs = 3e12 / (3 * FakeMacs(baseline.record.architecture) * 1000);
    EXPECT_NEAR(static_cast<double>(baseline.recipe.epochs), epochs, 0.5);
  }
  EXPECT_EQ(Choose(BaselineBudget::kEqualEpochs)[0].recipe.epochs, 7);
  EXPECT_THAT(Choose(BaselineBudget::kNone), IsEmpty());
}

TEST_F(Baselines, RandomSearchAsksForAsManyNetworksAndTakesTheBest) {
  const std::vector<Baseline> baselines = Choose(BaselineBudget::kEqualCost);
  EXPECT_EQ(search_.accuracy.asked_.size(), 40u);
  double best = 0;
  for (const auto& [text, times] : search_.accuracy.asked_)
    best = std::max(best, testing::FakeScore(ArchitectureFromJson(text).value()));
  EXPECT_EQ(MetricValue(baselines[2].record, metric::kAccuracy), best);
  Choose(BaselineBudget::kEqualCost);
  for (const auto& [text, times] : search_.accuracy.asked_) EXPECT_EQ(times, 1) << text;
}

TEST_F(Baselines, ARandomSearchIsNotHeldAgainstItself) {
  search_.setup.search.algorithm = "random";
  EXPECT_EQ(Choose(BaselineBudget::kEqualCost).size(), 2u);
}

TEST(RunSearch, TheFirstPopulationHoldsTheLargestWithinTheLimitsAndTheScalings) {
  testing::FakeSearch search;
  search.memory.limit_ = 18'000;
  const auto found = RunSearch(search.setup, search.ports(), StopToken());
  ASSERT_TRUE(found) << found.error().message;
  const std::vector<Architecture> starters = Starters(
      SmallSpace(), search.memory, static_cast<size_t>((search.setup.search.population + 1) / 2));
  ASSERT_GE(starters.size(), 3u);
  for (size_t i = 0; i < starters.size(); ++i) {
    EXPECT_EQ(found->history[i].architecture, starters[i]);
    EXPECT_EQ(found->history[i].round, 0);
  }
}

TEST(WithStarters, HalfOfTheFinalistsAreWhatTheSearchMustBeat) {
  std::vector<CandidateRecord> history(6);
  const std::vector<Architecture> all = Enumerate(SmallSpace(), 10'000).value();
  for (size_t i = 0; i < history.size(); ++i) history[i].architecture = all[i];
  history[1].failure = FailureClass::kCandidate;
  const std::vector<Architecture> starters = {all[0], all[1], all[2]};
  const std::vector<size_t> best = {5, 4, 3, 2, 0};
  EXPECT_EQ(WithStarters(history, starters, best, 4), (std::vector<size_t>{5, 4, 0, 2}));
  EXPECT_EQ(WithStarters(history, starters, best, 9), (std::vector<size_t>{5, 4, 3, 2, 0}));
  EXPECT_EQ(WithStarters(history, {}, best, 2), (std::vector<size_t>{5, 4}));
}

}  // namespace
}  // namespace mcunas
