#include "nas/search/screening.h"

#include <gtest/gtest.h>

#include <limits>

#include "common/random.h"
#include "fakes.h"

namespace mcunas {
namespace {

using testing::FakeMacs;
using testing::FakeScore;

constexpr int kAll = 2000;

// Gets every image right with the probability that FakeScore says, by luck that images share.
class CountedAccuracy : public ScoreEvaluator {
 public:
  Expected<std::vector<ScoreResult>> Evaluate(std::span<const Architecture> batch) override {
    return EvaluateFirst(batch, kAll);
  }
  Expected<std::vector<ScoreResult>> EvaluateFirst(std::span<const Architecture> batch,
                                                   int images) override {
    std::vector<ScoreResult> results;
    if (asked_ >= killed_after_) return Error{ErrorCode::kInterrupted, "killed"};
    for (const Architecture& a : batch) {
      RandomStream hard(1, "hard"), own(2, ArchitectureToJson(a));
      const double better = 4 * (FakeScore(a) - 0.72);
      std::vector<uint8_t> right;
      for (int i = 0; i < images; ++i)
        right.push_back(hard.Unit() < 0.5 + better + 0.1 * (own.Unit() - 0.5));
      const Outcomes outcomes(right);
      results.push_back({outcomes.share(), images, outcomes});
      images_ += images;
      ++asked_;
    }
    return results;
  }
  int64_t images_ = 0;
  int asked_ = 0;
  int killed_after_ = std::numeric_limits<int>::max();  // networks asked for
};

struct ScreenedSearch : testing::FakeSearch {
  explicit ScreenedSearch(int64_t screen) {
    setup.search.screen.images = screen;
    setup.search.budget.evaluations = 120;
    setup.search.finalists_per_round = 0;
  }
  Expected<SearchResult> Search() {
    SearchPorts all = ports();
    all.score = &counted;
    return RunSearch(setup, all, stop);
  }
  CountedAccuracy counted;
};

int ImagesOf(const CandidateRecord& record) {
  return static_cast<int>(*MetricValue(record, "accuracy_images"));
}

TEST(Screening, EndsWithTheSameFrontAfterAFewOfTheImages) {
  ScreenedSearch screened(200), full(0);
  // Proposals that no score changes: the same networks in both.
  screened.setup.search.algorithm = full.setup.search.algorithm = "random";
  screened.setup.search.objectives = full.setup.search.objectives = {{"accuracy", Direction::kMax}};
  const auto few = screened.Search(), all = full.Search();
  ASSERT_TRUE(few.ok() && all.ok());
  ASSERT_EQ(few->history.size(), all->history.size());
  EXPECT_EQ(few->front, all->front);
  for (const size_t i : few->front) {
    EXPECT_EQ(ImagesOf(few->history[i]), kAll) << "no front rests on few images";
    EXPECT_EQ(MetricValue(few->history[i], "accuracy"), MetricValue(all->history[i], "accuracy"));
  }
  EXPECT_LT(2 * screened.counted.images_, full.counted.images_);
  int left_out = 0;
  for (const CandidateRecord& record : few->history) left_out += ImagesOf(record) == 200;
  EXPECT_GT(left_out, 60);
}

TEST(Screening, EveryStrategyIsToldOfTheBetterScores) {
  for (const char* algorithm : {"nsga2", "aging", "bayes", "random"}) {
    ScreenedSearch search(200);
    search.setup.search.algorithm = algorithm;
    const auto first = search.Search();
    ASSERT_TRUE(first.ok()) << algorithm;
    for (const size_t i : first->front) EXPECT_EQ(ImagesOf(first->history[i]), kAll) << algorithm;
    ScreenedSearch again(200);
    again.setup.search.algorithm = algorithm;
    again.study = search.study;
    ASSERT_TRUE(again.Search().ok());
    EXPECT_EQ(again.counted.asked_, 0) << "a replay asks nobody";
    const auto before = search.study.Candidates(), after = again.study.Candidates();
    ASSERT_EQ(after->size(), before->size());
    for (size_t i = 0; i < before->size(); ++i) {
      EXPECT_EQ((*after)[i].hash, (*before)[i].hash) << algorithm;
      EXPECT_EQ((*after)[i].metrics, (*before)[i].metrics) << algorithm;
    }
  }
}

TEST(Screening, AKillInTheMiddleLeadsToTheSameHistory) {
  for (const char* algorithm : {"nsga2", "aging", "bayes", "random"}) {
    ScreenedSearch undisturbed(200), killed(200);
    undisturbed.setup.search.algorithm = killed.setup.search.algorithm = algorithm;
    ASSERT_TRUE(undisturbed.Search().ok());
    int kills = 0;
    Expected<SearchResult> result = Error{ErrorCode::kInterrupted, ""};
    while (!result.ok()) {
      ASSERT_EQ(result.error().code, ErrorCode::kInterrupted);
      killed.counted.killed_after_ = killed.counted.asked_ + 7 * ++kills;
      result = killed.Search();
    }
    EXPECT_GT(kills, 3);
    EXPECT_EQ(killed.counted.images_, undisturbed.counted.images_) << "nobody is judged twice";
    const auto expected = undisturbed.study.Candidates(), history = killed.study.Candidates();
    ASSERT_EQ(history->size(), expected->size());
    for (size_t i = 0; i < expected->size(); ++i) {
      EXPECT_EQ((*history)[i].hash, (*expected)[i].hash) << algorithm;
      EXPECT_EQ((*history)[i].metrics, (*expected)[i].metrics) << algorithm;
    }
  }
}

// As many errors as there can be: everybody is scored on all images, as without screening.
TEST(Screening, AWideMarginPromotesAll) {
  ScreenedSearch search(200);
  search.setup.search.screen.errors = 100;
  const auto result = search.Search();
  ASSERT_TRUE(result.ok());
  for (const CandidateRecord& record : result->history) EXPECT_EQ(ImagesOf(record), kAll);
}

TEST(Screening, AScoreThatIsNoShareIsTakenAsItIs) {
  testing::FakeSearch search;  // its evaluator judges 100 images and tells no outcomes
  search.setup.search.screen.images = 10;
  const auto result = search.Run();
  ASSERT_TRUE(result.ok());
  for (const CandidateRecord& record : result->history) EXPECT_EQ(ImagesOf(record), 100);
  for (const auto& [architecture, times] : search.accuracy.asked_) EXPECT_EQ(times, 1);
}

}  // namespace
}  // namespace mcunas
