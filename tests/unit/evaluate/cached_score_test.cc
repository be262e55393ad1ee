#include "nas/evaluate/cached_score.h"

#include <gtest/gtest.h>

#include "nas/evaluate/memory_study.h"
#include "nas/space/architecture.h"

namespace mcunas {
namespace {

class CountingAccuracy : public ScoreEvaluator {
 public:
  Expected<std::vector<ScoreResult>> Evaluate(std::span<const Architecture> batch) override {
    std::vector<ScoreResult> results;
    for (const Architecture& a : batch) {
      if (fail_at_ == asked_) return Error{ErrorCode::kIo, "no space left on device"};
      ++asked_;
      results.push_back({a.resolution.height / 100.0, a.resolution.height});
    }
    if (stop_ != nullptr) stop_->RequestStop();
    return results;
  }
  int asked_ = 0;
  int fail_at_ = -1;
  StopToken* stop_ = nullptr;
};

Hash128 Key(const Architecture& a) { return HashBytes(ArchitectureToJson(a)); }

std::vector<Architecture> Batch(int first, int count) {
  std::vector<Architecture> batch(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) batch[static_cast<size_t>(i)].resolution = first + i;
  return batch;
}

TEST(CachedScore, AsksOnlyForWhatItDoesNotKnow) {
  CountingAccuracy inner;
  MemoryStudy study;
  const StopToken stop;
  CachedScore cached(Score(), inner, study, stop, Key);
  ASSERT_TRUE(cached.Evaluate(Batch(10, 6)).ok());
  EXPECT_EQ(inner.asked_, 6);
  const auto results = cached.Evaluate(Batch(8, 10));  // 10..15 are known
  ASSERT_TRUE(results.ok());
  EXPECT_EQ(inner.asked_, 10);
  for (int i = 0; i < 10; ++i) {
    EXPECT_DOUBLE_EQ((*results)[static_cast<size_t>(i)].score, (8 + i) / 100.0) << "in order";
    EXPECT_EQ((*results)[static_cast<size_t>(i)].images, 8 + i);
  }
}

TEST(CachedScore, SurvivesItsProcess) {
  MemoryStudy study;  // stands for the file
  const StopToken stop;
  CountingAccuracy before, after;
  ASSERT_TRUE(CachedScore(Score(), before, study, stop, Key).Evaluate(Batch(1, 5)).ok());
  ASSERT_TRUE(CachedScore(Score(), after, study, stop, Key).Evaluate(Batch(1, 5)).ok());
  EXPECT_EQ(after.asked_, 0);
}

TEST(CachedScore, KeepsFinishedBatchesWhenALaterOneFails) {
  MemoryStudy study;
  const StopToken stop;
  CountingAccuracy inner;
  inner.fail_at_ = 6;
  const auto failed = CachedScore(Score(), inner, study, stop, Key).Evaluate(Batch(1, 8));
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code, ErrorCode::kIo);
  inner.fail_at_ = -1;
  inner.asked_ = 0;
  ASSERT_TRUE(CachedScore(Score(), inner, study, stop, Key).Evaluate(Batch(1, 8)).ok());
  EXPECT_EQ(inner.asked_, 4) << "the first batch of 4 was committed";
}

TEST(CachedScore, StopsBetweenBatches) {
  MemoryStudy study;
  StopToken stop;
  CountingAccuracy inner;
  inner.stop_ = &stop;
  const auto stopped = CachedScore(Score(), inner, study, stop, Key).Evaluate(Batch(1, 8));
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().code, ErrorCode::kInterrupted);
  EXPECT_EQ(inner.asked_, 4);
  EXPECT_TRUE(study.Recall("accuracy", Key(Batch(1, 1)[0]))->has_value());
}

}  // namespace
}  // namespace mcunas
