#include "nas/search/round_keeper.h"

#include <gtest/gtest.h>

#include "fakes.h"

namespace mcunas {
namespace {

// Counts what is written.
class CountingStudy : public MemoryStudy {
 public:
  Expected<void> SaveCandidates(std::span<const CandidateRecord> candidates) override {
    candidates_written_ += candidates.size();
    return MemoryStudy::SaveCandidates(candidates);
  }
  Expected<void> SaveRound(const RoundRecord& round) override {
    ++rounds_written_;
    return MemoryStudy::SaveRound(round);
  }
  Expected<void> Remember(const std::string& kind,
                          std::span<const std::pair<Hash128, EvaluationResult>> results) override {
    remembered_ += results.size();
    return MemoryStudy::Remember(kind, results);
  }
  void Forget() { candidates_written_ = rounds_written_ = remembered_ = 0; }

  size_t candidates_written_ = 0, rounds_written_ = 0, remembered_ = 0;
};

Expected<SearchResult> RunFakeSearch(Study& study, int64_t evaluations, bool measured = true) {
  testing::FakeSearch search;
  search.setup.search.budget.evaluations = evaluations;
  return RunSearch(search.setup,
                   {&search.accuracy, &search.memory, &search.latency,
                    measured ? &search.finalists : nullptr, &study},
                   search.stop);
}

TEST(RoundKeeper, AReplayWritesNothing) {
  CountingStudy study;
  ASSERT_TRUE(RunFakeSearch(study, 60).ok());
  EXPECT_EQ(study.rounds_written_, 6u);
  study.Forget();
  const auto again = RunFakeSearch(study, 60);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->history.size(), 60u);
  EXPECT_EQ(study.candidates_written_, 0u);
  EXPECT_EQ(study.rounds_written_, 0u);
  EXPECT_EQ(study.remembered_, 0u);
}

TEST(RoundKeeper, ASearchThatGoesOnWritesWhatIsNew) {
  CountingStudy study;
  ASSERT_TRUE(RunFakeSearch(study, 40, /*measured=*/false).ok());
  EXPECT_EQ(study.candidates_written_, 40u) << "once each: no prediction changed";
  study.Forget();
  ASSERT_TRUE(RunFakeSearch(study, 70, /*measured=*/false).ok());
  EXPECT_EQ(study.candidates_written_, 30u);
  EXPECT_EQ(study.rounds_written_, 3u);
}

TEST(RoundKeeper, AReplayKeepsWhatEachCandidateCost) {
  MemoryStudy study;
  ASSERT_TRUE(RunFakeSearch(study, 30).ok());
  std::vector<CandidateRecord> records = *study.Candidates();
  for (CandidateRecord& record : records) record.seconds = 99;
  ASSERT_TRUE(study.SaveCandidates(records).ok());
  ASSERT_TRUE(RunFakeSearch(study, 30).ok());
  records = *study.Candidates();
  for (const CandidateRecord& record : records) EXPECT_EQ(record.seconds, 99);
}

// The study of another build: what differs is written anew, from the first candidate on.
TEST(RoundKeeper, ARoundThatDiffersBringsTheWholeHistory) {
  CountingStudy study;
  ASSERT_TRUE(RunFakeSearch(study, 60).ok());
  const auto truth = *study.Candidates();
  RoundRecord third = (*study.Rounds())[3];
  third.hypervolume += 1e-9;
  CandidateRecord first = truth[0];
  first.metrics["sram_bytes"].value += 1;
  ASSERT_TRUE(study.SaveRound(third).ok());
  ASSERT_TRUE(study.SaveCandidates(std::span(&first, 1)).ok());
  study.Forget();
  ASSERT_TRUE(RunFakeSearch(study, 60).ok());
  EXPECT_EQ(study.rounds_written_, 3u) << "rounds 3 to 5";
  EXPECT_GE(study.candidates_written_, 60u);
  EXPECT_EQ(study.Candidates()->front().metrics, truth[0].metrics);
}

// The round in which a budget ended is a shorter one than a longer search has.
TEST(RoundKeeper, ALongerBudgetRewritesTheRoundThatWasCutShort) {
  CountingStudy cut, whole;
  ASSERT_TRUE(RunFakeSearch(cut, 34).ok());
  ASSERT_TRUE(RunFakeSearch(cut, 60).ok());
  ASSERT_TRUE(RunFakeSearch(whole, 60).ok());
  const auto rounds = *cut.Rounds(), expected = *whole.Rounds();
  ASSERT_EQ(rounds.size(), expected.size());
  for (size_t i = 0; i < rounds.size(); ++i) EXPECT_TRUE(SameRecord(rounds[i], expected[i])) << i;
}

}  // namespace
}  // namespace mcunas
