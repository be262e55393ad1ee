// What the supernet is told of the limits: the same that the search then keeps.
#include "cli/run/training_limits.h"

#include <gtest/gtest.h>

#include "common/random.h"
#include "nas/evaluate/board_memory.h"
#include "nas/space/enumerate.h"
#include "nas/space/variation.h"

namespace mcunas {
namespace {

constexpr TaskShape kTask = {3, 10};
constexpr MemoryLimits kLimits = {KiB(48), KiB(128), Macs(0)};

ExperimentConfig Feasible() {
  ExperimentConfig config;
  config.supernet.sample = NetworkSample::kFeasible;
  return config;
}

TEST(TrainingLimits, NobodyIsAskedInVain) {
  const NetworkLimits limits = TrainingLimits({}, kTask, kLimits);
  EXPECT_FALSE(limits.fits);
  EXPECT_FALSE(limits.largest);
  EXPECT_EQ(limits.identity, "");
}

TEST(TrainingLimits, FitsWhatTheSearchLetsIn) {
  const ExperimentConfig config = Feasible();
  const NetworkLimits limits = TrainingLimits(config, kTask, kLimits);
  const BoardMemoryEvaluator memory(config.space, kTask, kLimits, config.plan);
  RandomStream random(1, "test");
  int fitting = 0;
  for (int i = 0; i < 50; ++i) {
    CandidateRecord record;
    record.architecture = Sample(config.space, &random);
    memory.Evaluate(&record);
    EXPECT_EQ(limits.fits(record.architecture), record.failure == FailureClass::kNone);
    fitting += limits.fits(record.architecture);
  }
  EXPECT_GT(fitting, 0);
  EXPECT_LT(fitting, 50);
  EXPECT_FALSE(limits.largest) << "nobody asked for it";
}

TEST(TrainingLimits, TheLargestFits) {
  ExperimentConfig config = Feasible();
  config.supernet.sandwich_top = SandwichTop::kLimits;
  const NetworkLimits limits = TrainingLimits(config, kTask, kLimits);
  ASSERT_TRUE(limits.largest);
  EXPECT_TRUE(limits.fits(*limits.largest));
  EXPECT_FALSE(limits.fits(Largest(config.space)));
}

TEST(TrainingLimits, EveryLimitAndThePlanAreTheirIdentity) {
  ExperimentConfig config = Feasible();
  const std::string identity = TrainingLimits(config, kTask, kLimits).identity;
  for (const MemoryLimits& other :
       {MemoryLimits{KiB(49), KiB(128), Macs(0)}, MemoryLimits{KiB(48), KiB(129), Macs(0)},
        MemoryLimits{KiB(48), KiB(128), Macs(9)}}) {
    EXPECT_NE(TrainingLimits(config, kTask, other).identity, identity);
  }
  config.plan.max_macs_factor = 2;
  EXPECT_NE(TrainingLimits(config, kTask, kLimits).identity, identity);
}

}  // namespace
}  // namespace mcunas
