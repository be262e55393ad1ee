#include "memory_model/planner/plan_choice.h"

#include <gtest/gtest.h>

#include "common/random.h"
#include "memory_model/limits.h"
#include "memory_model/memory_model.h"
#include "memory_model/planner/estimate.h"
#include "memory_model/planner/plan_memory.h"
#include "nas/space/lower.h"
#include "nas/space/space_config.h"
#include "nas/space/variation.h"
#include "network/operator_counts.h"

namespace mcunas {
namespace {

Network SampleNetwork(int i) {
  SpaceConfig space;
  space.resolution = {32, 48};
  RandomStream random(1, "plan choice test", std::to_string(i));
  return Lower(space, {}, Sample(space, &random));
}

// The SRAM limit that leaves exactly this much for arena and scratch.
Bytes LimitFor(const Network& network, Bytes arena_and_scratch) {
  return arena_and_scratch + kStaticDataEstimate + kStackEstimate +
         Bytes(network.output().elements());
}

Bytes SramOf(const ExecutionPlan& plan) { return plan.arena + plan.scratch; }

TEST(PlanChoice, WithoutLimitsTheSmallestPlanThatComputesNothingTwice) {
  PlanConfig config;
  config.max_macs_factor = 2;
  for (int i = 0; i < 5; ++i) {
    const Network network = SampleNetwork(i);
    const ExecutionPlan plan = ChoosePlan(network, config, {});
    EXPECT_EQ(plan.macs_factor, 1.0);
    EXPECT_EQ(plan.arena, PlanMemory(network).arena);
  }
}

TEST(PlanChoice, RecomputesOnlyWhereTheLimitNeedsIt) {
  PlanConfig config;
  config.max_macs_factor = 3;
  int recomputed = 0;
  for (int i = 0; i < 5; ++i) {
    const Network network = SampleNetwork(i);
    const ExecutionPlan exact = ChoosePlan(network, config, {});
    const MemoryLimits tight = {LimitFor(network, SramOf(exact) - Bytes(1)), {}, {}};
    const ExecutionPlan plan = ChoosePlan(network, config, tight);
    if (SramOf(plan) >= SramOf(exact)) continue;  // this one cannot be made smaller
    ++recomputed;
    EXPECT_GT(plan.macs_factor, 1.0);
    EXPECT_LE(plan.macs_factor, 3.0);
    // No plan of fewer MACs keeps the limit.
    PlanOptions fewer;
    fewer.max_macs_factor = plan.macs_factor - 1e-6;
    EXPECT_GT(SmallestArena(network, fewer) + plan.scratch, ArenaBudget(network, tight.sram));
  }
  EXPECT_GT(recomputed, 0);
}

TEST(PlanChoice, MacsLimitLeavesNoRoomForRecomputation) {
  PlanConfig config;
  config.max_macs_factor = 3;
  const Network network = SampleNetwork(0);
  const Bytes sram = LimitFor(network, SramOf(ChoosePlan(network, config, {})) - Bytes(1));
  const ExecutionPlan plan = ChoosePlan(network, config, {sram, {}, NetworkMacs(network)});
  EXPECT_EQ(plan.macs_factor, 1.0);
}

TEST(PlanChoice, WhatCannotFitIsAsSmallAsItCanBe) {
  PlanConfig config;
  config.max_macs_factor = 1.5;
  const Network network = SampleNetwork(1);
  const ExecutionPlan plan = ChoosePlan(network, config, {Bytes(1), {}, {}});
  EXPECT_EQ(plan.arena, SmallestArena(network, OptionsOf(config)));
}

TEST(PlanChoice, CostsAreThoseOfThePlan) {
  PlanConfig config;
  for (const double factor : {1.0, 2.0}) {
    config.max_macs_factor = factor;
    for (int i = 0; i < 4; ++i) {
      const Network network = SampleNetwork(i);
      const Bytes exact = SramOf(ChoosePlan(network, config, {}));
      for (const Bytes limit : {Bytes(0), LimitFor(network, exact), Bytes(exact.value * 4 / 5)}) {
        const PlanOptions options = ChoosePlanOptions(network, config, {limit, {}, {}});
        const PlanCosts costs = CostsOf(network, options);
        const ExecutionPlan plan = PlanMemory(network, options);
        EXPECT_EQ(costs.arena, plan.arena);
        EXPECT_EQ(costs.scratch, plan.scratch);
        EXPECT_EQ(costs.macs_factor, plan.macs_factor);
      }
    }
  }
}

TEST(PlanChoice, FitsExactlyWhenTheChosenPlanDoes) {
  for (const auto& [mode, input] : kInputModes) {
    PlanConfig config;
    config.input = mode;
    config.max_macs_factor = 1.25;
    for (int i = 0; i < 4; ++i) {
      const Network network = SampleNetwork(i);
      const Bytes least = SmallestArena(network, OptionsOf(config));
      const Bytes scratch = PlanMemory(network, OptionsOf(config)).scratch;
      const Bytes limit = LimitFor(network, least + scratch);
      EXPECT_TRUE(FitsSram(network, config, {limit, {}, {}})) << input;
      EXPECT_FALSE(FitsSram(network, config, {limit - Bytes(1), {}, {}})) << input;
      EXPECT_TRUE(FitsSram(network, config, {EstimatePeak(network) + limit, {}, {}})) << input;
      EXPECT_LE(SramOf(ChoosePlan(network, config, {limit, {}, {}})), least + scratch) << input;
    }
  }
}

TEST(PlanChoice, SpeedTakesSimplerPlansWhereTheyFit) {
  PlanConfig config;
  config.prefer = PlanPreference::kSpeed;
  const Network network = SampleNetwork(2);
  const ExecutionPlan roomy = ChoosePlan(network, config, {KiB(1024), {}, {}});
  const ExecutionPlan small = ChoosePlan(network, PlanConfig{}, {KiB(1024), {}, {}});
  EXPECT_EQ(roomy.macs_factor, 1.0);
  EXPECT_GE(roomy.groups.size(), small.groups.size());
  EXPECT_GE(roomy.arena, small.arena);
}

TEST(PlanChoice, ConfigNamesModesAndInput) {
  PlanConfig config;
  config.modes = {GroupMode::kLayerwise};
  config.input = InputMode::kRereadable;
  const PlanOptions options = OptionsOf(config);
  EXPECT_EQ(options.input_mode, InputMode::kRereadable);
  EXPECT_FALSE(options.modes.row_stream || options.modes.strips || options.modes.patches ||
               options.modes.channel_tiles);
  const Network network = SampleNetwork(3);
  for (const PlanGroup& group : ChoosePlan(network, config, {}).groups) {
    EXPECT_EQ(group.last, group.first + 1);
  }
}

TEST(PlanChoice, BudgetIsWhatStackDataAndOutputLeave) {
  const Network network = SampleNetwork(0);
  EXPECT_EQ(ArenaBudget(network, {}), Bytes(0)) << "no limit";
  EXPECT_EQ(ArenaBudget(network, LimitFor(network, Bytes(5000))), Bytes(5000));
  EXPECT_EQ(ArenaBudget(network, Bytes(10)), Bytes(1)) << "a limit, however small";
}

}  // namespace
}  // namespace mcunas
