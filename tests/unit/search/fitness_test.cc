#include "nas/search/fitness.h"

#include <gtest/gtest.h>

#include "common/random.h"
#include "nas/search/result.h"

namespace mcunas {
namespace {

SearchConfig TwoGoals() {
  SearchConfig config;
  config.objectives = {{"accuracy", Direction::kMax}, {"latency_ms", Direction::kMin}};
  return config;
}

CandidateRecord Feasible(double accuracy, double ms) {
  CandidateRecord r;
  r.metrics[metric::kAccuracy].value = accuracy;
  r.metrics[metric::kLatency].value = ms;
  return r;
}

CandidateRecord Infeasible(double violation) {
  CandidateRecord r;
  r.failure = FailureClass::kInfeasible;
  r.violation = violation;
  return r;
}

CandidateRecord Failed() {
  CandidateRecord r = Feasible(0.99, 0.1);
  r.failure = FailureClass::kCandidate;
  return r;
}

bool Beats(const CandidateRecord& a, const CandidateRecord& b) {
  return ConstrainedDominates(FitnessOf(a, TwoGoals()), FitnessOf(b, TwoGoals()));
}

TEST(ConstraintDomination, FollowsDeb) {
  EXPECT_TRUE(Beats(Feasible(0.1, 900), Infeasible(0.001)));
  EXPECT_FALSE(Beats(Infeasible(0.001), Feasible(0.1, 900)));
  EXPECT_TRUE(Beats(Infeasible(0.1), Infeasible(0.2)));
  EXPECT_FALSE(Beats(Infeasible(0.2), Infeasible(0.1)));
  EXPECT_FALSE(Beats(Infeasible(0.2), Infeasible(0.2)));
  EXPECT_TRUE(Beats(Feasible(0.8, 10), Feasible(0.7, 10)));
  EXPECT_FALSE(Beats(Feasible(0.8, 11), Feasible(0.7, 10)));
  EXPECT_TRUE(Beats(Infeasible(9), Failed())) << "what crashes on the board comes last";
  EXPECT_FALSE(Beats(Failed(), Failed()));
}

TEST(ConstraintDomination, BoardTroubleDoesNotReachTheFitness) {
  CandidateRecord unplugged = Feasible(0.8, 10);
  unplugged.failure = FailureClass::kInfrastructure;
  unplugged.metrics.erase(metric::kLatency);
  unplugged.metrics[metric::kPredictedLatency].value = 12;
  const Fitness fitness = FitnessOf(unplugged, TwoGoals());
  EXPECT_EQ(fitness.tier, Fitness::Tier::kFeasible);
  EXPECT_EQ(fitness.costs, (Costs{-0.8, 12}));
}

TEST(Fitness, MeasuredLatencyBeatsPredicted) {
  CandidateRecord r = Feasible(0.8, 10);
  r.metrics[metric::kPredictedLatency].value = 99;
  EXPECT_EQ(ObjectiveValue(r, metric::kLatency), 10);
  EXPECT_EQ(ObjectiveValue(r, metric::kSram), std::nullopt);
}

TEST(OrderByFitness, IsConsistentWithDomination) {
  RandomStream random(4, "order");
  std::vector<Fitness> all;
  for (int i = 0; i < 60; ++i) {
    const auto kind = random.Below(5);
    CandidateRecord r = kind == 0   ? Infeasible(random.Unit())
                        : kind == 1 ? Failed()
                                    : Feasible(random.Unit(), random.Unit());
    all.push_back(FitnessOf(r, TwoGoals()));
  }
  const auto order = OrderByFitness(all);
  ASSERT_EQ(order.size(), all.size());
  for (size_t i = 0; i < order.size(); ++i) {
    for (size_t j = i + 1; j < order.size(); ++j) {
      EXPECT_FALSE(ConstrainedDominates(all[order[j]], all[order[i]]));
    }
  }
}

TEST(OrderByFitness, PrefersIsolationWithinAFront) {
  std::vector<Fitness> all;
  for (const double x : {0.0, 0.1, 0.2, 0.6, 1.0}) {
    all.push_back(FitnessOf(Feasible(x, x), TwoGoals()));  // all on one front
  }
  EXPECT_EQ(OrderByFitness(all), (std::vector<size_t>{0, 4, 3, 2, 1}));
}

TEST(Result, FrontIsNonDominatedAndMostAccurateFirst) {
  const std::vector<CandidateRecord> history = {Feasible(0.6, 10), Feasible(0.9, 50),
                                                Feasible(0.5, 20), Failed(),
                                                Infeasible(1),     Feasible(0.7, 30)};
  EXPECT_EQ(ParetoFront(history, TwoGoals(), Score()), (std::vector<size_t>{1, 5, 0}));
}

TEST(Result, BestHoldsAccurateOnesThenTheRestOfTheFrontsAndNoFailures) {
  std::vector<CandidateRecord> history;
  for (int i = 0; i < 10; ++i) history.push_back(Feasible(0.5 + 0.01 * i, 10 + i));
  history.push_back(Feasible(0.4, 100));  // second front
  history.push_back(Failed());
  SearchConfig spread = TwoGoals();
  spread.finalists = FinalistChoice::kFront;
  const auto best = ChooseBest(history, spread, Score(), 6);
  ASSERT_EQ(best.size(), 6u);
  EXPECT_EQ((std::vector<size_t>{best.begin(), best.begin() + 3}), (std::vector<size_t>{9, 8, 7}));
  EXPECT_EQ(best[3], 0u) << "the other end of the front";
  EXPECT_EQ(ChooseBest(history, spread, Score(), 100).size(), 11u);
  EXPECT_EQ(ChooseBest(history, TwoGoals(), Score(), 4), (std::vector<size_t>{9, 8, 7, 6}))
      << "accurate: the front does not matter";
  EXPECT_EQ(ChooseBest(history, TwoGoals(), Score(), 100).size(), 11u);
}

}  // namespace
}  // namespace mcunas
