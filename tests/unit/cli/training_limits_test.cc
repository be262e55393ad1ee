// What the supernet is told of the limits: the same that the search then keeps.
#include "cli/run/training_limits.h"

#include <gtest/gtest.h>

#include "common/random.h"
#include "nas/evaluate/board_memory.h"
#include "nas/evaluate/cached_memory.h"
#include "nas/evaluate/latency_limit.h"
#include "nas/predictor/board_latency.h"
#include "nas/search/starters.h"
#include "nas/space/enumerate.h"
#include "nas/space/variation.h"

namespace mcunas {
namespace {

constexpr TaskShape kTask = {3, 10};

// Counts whom it is asked about.
class CountedMemory : public MemoryEvaluator {
 public:
  explicit CountedMemory(const MemoryEvaluator& inner) : inner_(inner) {}
  void Evaluate(CandidateRecord* record) const override {
    ++asked_;
    inner_.Evaluate(record);
  }
  const MemoryEvaluator& inner_;
  mutable int asked_ = 0;
};

class TrainingLimitsTest : public ::testing::Test {
 protected:
  TrainingLimitsTest() {
    config_.supernet.sample = NetworkSample::kFeasible;
    config_.target.limits = {.sram_kb = 48, .flash_kb = 128};
  }
  BoardProfile Target() const { return *LoadBoardProfile("nucleo-f446re"); }
  BoardMemoryEvaluator Memory() const {
    return {config_.space, kTask, LimitsOf(config_, Target()), config_.plan};
  }
  NetworkLimits Limits() const { return TrainingLimits(config_, kTask, Target(), Memory()); }

  ExperimentConfig config_;
};

TEST_F(TrainingLimitsTest, NobodyIsAskedInVain) {
  config_.supernet = {};
  const NetworkLimits limits = Limits();
  EXPECT_FALSE(limits.fits);
  EXPECT_FALSE(limits.largest);
  EXPECT_EQ(limits.identity, "");
}

TEST_F(TrainingLimitsTest, FitsWhatTheSearchLetsIn) {
  for (const double latency_ms : {0.0, 100.0}) {
    config_.target.limits.latency_ms = latency_ms;
    const NetworkLimits limits = Limits();
    const BoardMemoryEvaluator memory = Memory();
    const BoardLatencyModel latency(Target());
    const LatencyGate gate(config_.space, kTask, latency_ms, memory, &latency);
    RandomStream random(1, "test");
    int fitting = 0, too_slow = 0;
    for (int i = 0; i < 50; ++i) {
      CandidateRecord record;
      record.architecture = Sample(config_.space, &random);
      gate.Evaluate(&record);
      EXPECT_EQ(limits.fits(record.architecture), record.usable());
      fitting += record.usable();
      too_slow += record.failure_reason.starts_with("latency: ");
    }
    EXPECT_GT(fitting, 0);
    EXPECT_LT(fitting, 50);
    EXPECT_EQ(too_slow > 0, latency_ms > 0);
    EXPECT_FALSE(limits.largest) << "nobody asked for it";
  }
}

TEST_F(TrainingLimitsTest, TheLargestFits) {
  config_.supernet.sandwich_top = SandwichTop::kLimits;
  for (const double latency_ms : {0.0, 100.0}) {
    config_.target.limits.latency_ms = latency_ms;
    const NetworkLimits limits = Limits();
    ASSERT_TRUE(limits.largest);
    EXPECT_TRUE(limits.fits(*limits.largest));
    EXPECT_FALSE(limits.fits(Largest(config_.space)));
  }
}

TEST_F(TrainingLimitsTest, TheSearchDoesNotLookForTheLargestAgain) {
  config_.supernet.sandwich_top = SandwichTop::kLimits;
  const BoardMemoryEvaluator memory = Memory();
  const CountedMemory counted(memory);
  const CachedMemory cached(counted);
  const NetworkLimits limits = TrainingLimits(config_, kTask, Target(), cached);
  const int asked = counted.asked_;
  EXPECT_GT(asked, 0);
  EXPECT_EQ(LargestWithin(config_.space, cached), limits.largest);
  EXPECT_TRUE(limits.fits(*limits.largest));
  EXPECT_EQ(counted.asked_, asked);
}

TEST_F(TrainingLimitsTest, EveryLimitAndThePlanAreTheirIdentity) {
  const ExperimentConfig before = config_;
  const std::string identity = Limits().identity;
  for (const LimitsConfig& other :
       {LimitsConfig{.sram_kb = 49, .flash_kb = 128}, LimitsConfig{.sram_kb = 48, .flash_kb = 129},
        LimitsConfig{.sram_kb = 48, .flash_kb = 128, .macs_m = 9},
        LimitsConfig{.sram_kb = 48, .flash_kb = 128, .latency_ms = 9}}) {
    config_.target.limits = other;
    EXPECT_NE(Limits().identity, identity);
  }
  config_ = before;
  config_.plan.max_macs_factor = 2;
  EXPECT_NE(Limits().identity, identity);
}

}  // namespace
}  // namespace mcunas
