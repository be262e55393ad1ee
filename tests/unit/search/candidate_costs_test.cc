#include "nas/search/candidate_costs.h"

#include <gtest/gtest.h>

#include "fakes.h"
#include "nas/space/enumerate.h"

namespace mcunas {
namespace {

using testing::FakeLatency;
using testing::FakeMacs;
using testing::FakeMemory;
using testing::SmallSpace;

class CountingMemory : public FakeMemory {
 public:
  using FakeMemory::FakeMemory;
  void Evaluate(CandidateRecord* record) const override {
    ++asked_;
    FakeMemory::Evaluate(record);
  }
  mutable int asked_ = 0;
};

TEST(CandidateCosts, SayWhatTheEvaluatorsSay) {
  const FakeMemory memory(20000);
  const FakeLatency latency;
  CandidateCosts costs(SmallSpace(), {}, memory, &latency);
  const Architecture small = Smallest(SmallSpace()), large = Largest(SmallSpace());
  const KnownCosts known = costs.Of(small);
  EXPECT_TRUE(known.feasible);
  EXPECT_EQ(known.violation, 0);
  EXPECT_EQ(known.Of("sram_bytes"), 8000);
  EXPECT_EQ(known.Of("macs"), FakeMacs(small));
  EXPECT_DOUBLE_EQ(*known.Of("latency_ms"), 1e-5 * FakeMacs(small));
  EXPECT_FALSE(costs.Of(large).feasible);
  EXPECT_NEAR(costs.Of(large).violation, 0.2, 1e-12);
}

TEST(CandidateCosts, NobodyKnowsAScoreOrWhatNobodyComputes) {
  const FakeMemory memory;
  CandidateCosts costs(SmallSpace(), {}, memory, nullptr);
  const KnownCosts known = costs.Of(Smallest(SmallSpace()));
  EXPECT_FALSE(known.Of("accuracy").has_value());
  EXPECT_FALSE(known.Of("flash_bytes").has_value());
  EXPECT_FALSE(known.Of("latency_ms").has_value());
}

TEST(CandidateCosts, AskMemoryOnceAndLatencyAgainWhenItHasLearned) {
  const CountingMemory memory;
  FakeLatency latency;
  CandidateCosts costs(SmallSpace(), {}, memory, &latency);
  const Architecture a = Smallest(SmallSpace());
  const double before = costs.Of(a).latency_ms;
  latency.factor_ *= 2;
  EXPECT_EQ(costs.Of(a).latency_ms, before) << "nobody said that the model has changed";
  costs.ForgetLatency();
  EXPECT_DOUBLE_EQ(costs.Of(a).latency_ms, 2 * before);
  EXPECT_EQ(memory.asked_, 1);
}

}  // namespace
}  // namespace mcunas
