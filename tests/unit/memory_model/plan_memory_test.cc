// PlanMemory against hand-counted plans, the judge on random networks, and the published networks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "memory_model/judge/validate_plan.h"
#include "memory_model/planner/estimate.h"
#include "memory_model/planner/group_scan.h"
#include "memory_model/planner/plan_memory.h"
#include "network/print.h"
#include "network/verify.h"
#include "tests/benchmark/published_networks.h"
#include "tests/unit/memory_model/branching_network.h"
#include "tests/unit/memory_model/random_network.h"

namespace mcunas {
namespace {

std::string FirstViolation(const Network& network, const ExecutionPlan& plan) {
  const std::vector<PlanViolation> violations = ValidatePlan(network, plan);
  return violations.empty() ? "" : violations[0].message;
}

PlanOptions Layerwise() {
  PlanOptions options;
  options.modes = PlanModes::LayerwiseOnly();
  return options;
}

// Whole rows, input row by row.
PlanOptions Streamed() {
  PlanOptions options;
  options.input_mode = InputMode::kStreamed;
  options.modes.smallest_segment = kMaxSide;
  return options;
}

TEST(LayerwisePlan, DepthwiseNeedsPaddingPlusOneRowsBeyondItsInput) {
  for (int kernel : {1, 3, 5, 7}) {
    NetworkBuilder b("n", {16, 16, 8});
    b.Depthwise(kNetworkInput, Extent(kernel), {1, 1}, Activation::kNone);
    const int64_t row = 16 * 8;
    EXPECT_EQ(PlanMemory(std::move(b).Finish(), Layerwise()).arena.value,
              16 * row + ((kernel - 1) / 2 + 1) * row);
  }
}

TEST(LayerwisePlan, PointwiseNeedsOneRowOfTheSmallerTensor) {
  for (int out : {4, 8, 32}) {
    NetworkBuilder b("n", {10, 6, 8});
    b.Pointwise(kNetworkInput, out, Activation::kNone);
    const int64_t big = 60 * std::max(out, 8);
    EXPECT_EQ(PlanMemory(std::move(b).Finish(), Layerwise()).arena.value,
              big + 6 * std::min(out, 8));
  }
}

TEST(LayerwisePlan, AddTakesThePlaceOfADyingOperand) {
  NetworkBuilder b("n", {8, 8, 4});
  const int a = b.Pointwise(kNetworkInput, 4, Activation::kNone);
  b.Add(a, kNetworkInput);
  const ExecutionPlan plan = PlanMemory(std::move(b).Finish(), Layerwise());
  EXPECT_EQ(plan.arena.value, 2 * 256);
  EXPECT_TRUE(plan.tensors[1].offset == plan.tensors[0].offset ||
              plan.tensors[1].offset == plan.tensors[kNetworkInput].offset);
}

TEST(LayerwisePlan, AddOfTwoLivingOperandsNeedsItsOwnPlace) {
  NetworkBuilder b("n", {8, 8, 4});
  const int a = b.Pointwise(kNetworkInput, 4, Activation::kNone);
  const int sum = b.Add(a, kNetworkInput);
  const int again = b.Add(sum, a);
  b.Add(again, kNetworkInput);
  EXPECT_EQ(PlanMemory(std::move(b).Finish(), Layerwise()).arena.value, 3 * 256);
}

TEST(LayerwisePlan, BarriersKeepTheirWholeInput) {
  NetworkBuilder b("n", {5, 5, 8});
  b.FullyConnected(b.GlobalAveragePool(kNetworkInput), 12);
  const ExecutionPlan plan = PlanMemory(std::move(b).Finish(), Layerwise());
  EXPECT_EQ(plan.arena.value, 200 + 8 + 4 * 8);  // input, output, one 32-bit sum per channel
}

TEST(LayerwisePlan, ARunOfOverlapsIsPushedBackUp) {
  // Every output lies a row below its input; after two of them there is no room to go down.
  NetworkBuilder b("n", {10, 4, 4});
  for (int i = 0; i < 6; ++i) b.Pointwise(b.last(), 4, Activation::kNone);
  const Network n = std::move(b).Finish();
  const ExecutionPlan plan = PlanMemory(n, Layerwise());
  EXPECT_EQ(plan.arena.value, 160 + 16);
  EXPECT_GT(plan.moves.size(), 0u);
  EXPECT_EQ(FirstViolation(n, plan), "");
}

// The whole network as one streamed group.
GroupNeeds OneGroup(const Network& network, int segment) {
  PlanGroup group;
  group.last = network.operator_count();
  group.mode = GroupMode::kRowStream;
  group.segment = segment;
  return DescribeGroup(ComputeStreamFacts(network), InputMode::kStreamed, group);
}

TEST(RowStream, RingsHoldWhatTheWindowNeeds) {
  NetworkBuilder b("n", {16, 16, 4});
  int t = b.Depthwise(kNetworkInput, {3, 3}, {1, 1}, Activation::kNone);
  t = b.Pointwise(t, 24, Activation::kNone);
  t = b.Depthwise(t, {3, 3}, {1, 1}, Activation::kNone);
  b.Pointwise(t, 2, Activation::kNone);
  const GroupNeeds needs = OneGroup(std::move(b).Finish(), 0);
  EXPECT_EQ(needs.input.ring_pixels, 3 * 16);
  EXPECT_EQ(needs.inner[0].ring_pixels, 16);
  EXPECT_EQ(needs.inner[1].ring_pixels, 3 * 16);
  EXPECT_EQ(needs.inner[2].ring_pixels, 16);
  EXPECT_EQ(needs.cost.peak + needs.tail.saved,
            3 * 16 * 4 + 16 * 4 + 3 * 16 * 24 + 16 * 24 + 16 * 16 * 2);
}

TEST(RowStream, TheEndOfTheOutputLiesOverRingsThatAreFree) {
  NetworkBuilder b("n", {16, 16, 8});
  int t = b.Depthwise(kNetworkInput, {3, 3}, {1, 1}, Activation::kNone);
  t = b.Pointwise(t, 2, Activation::kNone);
  b.Depthwise(t, {3, 3}, {1, 1}, Activation::kNone);
  const GroupNeeds needs = OneGroup(std::move(b).Finish(), 0);
  // Row 14 of the output asks for the last rows above: row 15 may be written over the input's ring.
  EXPECT_EQ(needs.tail.input, 15 * 32);
  EXPECT_EQ(needs.tail.inner[0], 15 * 32 + 3 * 16 * 8);
  EXPECT_EQ(needs.tail.inner[1], -1);
  EXPECT_EQ(needs.tail.saved, 32);
  EXPECT_EQ(needs.cost.peak, 3 * 16 * 8 + 16 * 8 + 3 * 16 * 2 + 16 * 16 * 2 - 32);
}

TEST(RowStream, AResidualKeepsTheRowsThatTheChainIsAhead) {
  NetworkBuilder b("n", {16, 16, 4});
  const int from = b.Pointwise(kNetworkInput, 4, Activation::kNone);
  int t = b.Depthwise(from, {5, 5}, {1, 1}, Activation::kNone);
  t = b.Depthwise(t, {5, 5}, {1, 1}, Activation::kNone);
  t = b.Depthwise(t, {5, 5}, {1, 1}, Activation::kNone);
  b.Add(t, from);
  const GroupNeeds needs = OneGroup(std::move(b).Finish(), 0);
  EXPECT_EQ(needs.inner[0].ring_pixels, (2 + 2 + 2 + 1) * 16);
  EXPECT_EQ(needs.inner[1].ring_pixels, 5 * 16);
}

TEST(RowStream, SegmentsShortenTheLastRowOfARing) {
  NetworkBuilder b("n", {16, 16, 4});
  const int from = b.Pointwise(kNetworkInput, 8, Activation::kNone);
  int t = b.Depthwise(from, {3, 3}, {1, 1}, Activation::kNone);
  t = b.Pointwise(t, 8, Activation::kNone);
  t = b.Add(t, from);
  b.Depthwise(t, {3, 3}, {2, 2}, Activation::kNone);
  const GroupNeeds needs = OneGroup(std::move(b).Finish(), 4);
  EXPECT_EQ(needs.inner[0].ring_pixels, 2 * 16 + 4 + 2);
  EXPECT_EQ(needs.inner[1].ring_pixels, 4);
  EXPECT_EQ(needs.inner[3].ring_pixels, 2 * 16 + 3 * 2 + 3);
}

TEST(RowStream, StridesAreNoBarrierAndFullyConnectedIs) {
  NetworkBuilder b("n", {32, 32, 3});
  int t = b.Conv(kNetworkInput, 8, {3, 3}, {2, 2}, Activation::kRelu);
  t = b.Depthwise(t, {3, 3}, {2, 2}, Activation::kRelu);
  t = b.Pointwise(t, 16, Activation::kRelu);
  t = b.GlobalAveragePool(t);
  b.FullyConnected(t, 10);
  const ExecutionPlan plan = PlanMemory(std::move(b).Finish(), Streamed());
  ASSERT_EQ(plan.groups.size(), 2u);
  EXPECT_EQ(plan.groups[0].last, 4);
  ASSERT_EQ(plan.states.size(), 1u);
  EXPECT_EQ(plan.states[0].bytes, 4 * 16);
}

TEST(ChannelTiles, PayOnSmallMapsWithLargeKernels) {
  NetworkBuilder b("n", {7, 7, 8});
  int t = b.Pointwise(kNetworkInput, 96, Activation::kRelu6);
  t = b.Depthwise(t, {7, 7}, {2, 2}, Activation::kRelu6);
  b.Pointwise(t, 16, Activation::kNone);
  const Network n = std::move(b).Finish();
  const ExecutionPlan plan = PlanMemory(n);
  ASSERT_EQ(plan.groups.size(), 1u);
  EXPECT_EQ(plan.groups[0].mode, GroupMode::kChannelTiles);
  PlanOptions without;
  without.modes.channel_tiles = false;
  EXPECT_LT(plan.arena.value * 2, PlanMemory(n, without).arena.value);
  EXPECT_EQ(FirstViolation(n, plan), "");
  // The kernels do not unpack weights of 4 bits for runs of channels.
  for (size_t op : {0, 1, 2}) {
    Network packed = n;
    packed.operators[op].weight_bits = 4;
    EXPECT_THAT(FirstViolation(packed, plan),
                testing::HasSubstr("tiles channels of weights of 4 bits"));
    const ExecutionPlan other = PlanMemory(packed);
    EXPECT_EQ(FirstViolation(packed, other), "");
    for (const PlanGroup& group : other.groups) EXPECT_NE(group.mode, GroupMode::kChannelTiles);
  }
}

TEST(PlanMemory, InputThatNobodyReadsStillLiesInTheArena) {
  NetworkBuilder b("n", {4, 4, 4});
  const int first = b.Pointwise(kNetworkInput, 4, Activation::kNone);
  b.Pointwise(kNetworkInput, 4, Activation::kNone);  // dead
  b.Add(first, first);
  const Network n = std::move(b).Finish();
  EXPECT_EQ(FirstViolation(n, PlanMemory(n)), "");
}

// Inverted bottlenecks as the search space makes them.
Network RandomMobileNetwork(RandomStream* random) {
  const auto pick = [&](int low, int high) { return static_cast<int>(random->Between(low, high)); };
  const int side = 8 * pick(3, 14);
  NetworkBuilder b("mobile", {side, side, 3});
  int last = b.Conv(kNetworkInput, 8 * pick(1, 3), {3, 3}, {2, 2}, Activation::kRelu6);
  for (int stage = 0; stage < 4; ++stage) {
    const int channels = b.shape(last).channels + 4 * pick(1, 8);
    for (int block = pick(1, 3); block > 0; --block) {
      const int from = last;
      const bool shrinks = b.shape(from).channels != channels && stage != 0 && stage != 3;
      const int expand = pick(1, 6);
      if (expand > 1) last = b.Pointwise(from, b.shape(from).channels * expand, Activation::kRelu6);
      last = b.Depthwise(last, Extent(2 * pick(1, 3) + 1), Extent(shrinks ? 2 : 1),
                         Activation::kRelu6);
      last = b.Pointwise(last, channels, Activation::kNone);
      if (b.shape(last) == b.shape(from)) last = b.Add(last, from);
    }
  }
  b.FullyConnected(b.GlobalAveragePool(last), 10);
  return std::move(b).Finish();
}

PlanOptions RandomOptions(RandomStream* random) {
  PlanOptions options;
  options.input_mode = static_cast<InputMode>(random->Below(3));
  options.max_macs_factor = std::vector<double>{1.0, 1.0, 1.2, 0.0}[random->Below(4)];
  options.modes.smallest_segment = static_cast<int>(random->Between(1, 12));
  options.modes.row_stream = random->Chance(0.9);
  options.modes.strips = random->Chance(0.8);
  options.modes.patches = random->Chance(0.3);
  options.modes.channel_tiles = random->Chance(0.8);
  return options;
}

TEST(PlanMemory, RandomNetworksGiveValidPlansAtTheirBound) {
  RandomStream random(3, "networks");
  for (int i = 0; i < 3000; ++i) {
    const Network n =
        i % 30 == 0 ? RandomMobileNetwork(&random) : RandomNetwork(&random, {.max_operators = 14});
    ASSERT_TRUE(VerifyNetwork(n).ok()) << PrintNetwork(n);
    const PlanOptions options = RandomOptions(&random);
    const ExecutionPlan plan = PlanMemory(n, options);
    ASSERT_EQ(FirstViolation(n, plan), "") << PrintNetwork(n);
    ASSERT_EQ(plan.arena, plan.live_bound);
    ASSERT_EQ(plan.arena, SmallestArena(n, options));
    ASSERT_TRUE(FitsArena(n, plan.arena, options));
    ASSERT_FALSE(FitsArena(n, plan.arena - Bytes(1), options)) << PrintNetwork(n);
    if (options.max_macs_factor > 0) {
      ASSERT_LE(plan.macs_factor, options.max_macs_factor);
    }
  }
}

TEST(PlanMemory, MoreFreedomNeverCostsMemory) {
  RandomStream random(5, "networks");
  for (int i = 0; i < 300; ++i) {
    const Network n = RandomNetwork(&random, {.max_operators = 12});
    PlanOptions options = Layerwise();
    Bytes before = SmallestArena(n, options);
    const auto at_most_before = [&] {
      const Bytes now = SmallestArena(n, options);
      EXPECT_LE(now, before) << PrintNetwork(n);
      before = now;
    };
    options.modes.row_stream = true;
    options.modes.smallest_segment = kMaxSide;
    at_most_before();
    options.modes.smallest_segment = 2;
    at_most_before();
    options.modes.channel_tiles = true;
    at_most_before();
    options.input_mode = InputMode::kStreamed;
    at_most_before();
    options.input_mode = InputMode::kRereadable;
    options.modes.strips = true;
    options.max_macs_factor = 1.3;
    at_most_before();
    options.max_macs_factor = 0;
    at_most_before();
  }
}

TEST(PlanPareto, FallsFromTheFreePlanToTheSmallest) {
  RandomStream random(6, "networks");
  for (int i = 0; i < 300; ++i) {
    const Network n = RandomMobileNetwork(&random);
    PlanOptions options;
    options.input_mode = InputMode::kRereadable;
    options.max_macs_factor = 0;
    const std::vector<ParetoPoint> front = PlanPareto(n, options);
    ASSERT_FALSE(front.empty());
    EXPECT_EQ(front.back().arena, SmallestArena(n, options));
    for (size_t p = 1; p < front.size(); ++p) {
      EXPECT_LT(front[p].arena, front[p - 1].arena);
      EXPECT_GT(front[p].macs_factor, front[p - 1].macs_factor);
    }
    options.max_macs_factor = 1.0;
    EXPECT_GE(SmallestArena(n, options), front.front().arena);
  }
}

TEST(PlanMemory, AnSramLimitBuysTheFewestMacs) {
  RandomStream random(7, "networks");
  for (int i = 0; i < 100; ++i) {
    const Network n = RandomMobileNetwork(&random);
    PlanOptions options;
    options.input_mode = InputMode::kRereadable;
    options.max_macs_factor = 0;
    const std::vector<ParetoPoint> front = PlanPareto(n, options);
    const Bytes scratch = PlanMemory(n, options).scratch;
    for (const ParetoPoint& point : front) {
      options.sram = point.arena + scratch;
      const ExecutionPlan plan = PlanMemory(n, options);
      EXPECT_LE(plan.arena, point.arena);
      EXPECT_NEAR(plan.macs_factor, point.macs_factor, 1e-9);
    }
    options.sram = front.back().arena + scratch - Bytes(8);
    EXPECT_EQ(PlanMemory(n, options).arena, front.back().arena) << "the smallest that can be had";
  }
}

TEST(PlanMemory, PlentyOfSramNeedsNoSegments) {
  RandomStream random(11, "networks");
  const Network n = RandomMobileNetwork(&random);
  PlanOptions options;
  options.sram = Bytes(1 << 24);
  for (const PlanGroup& group : PlanMemory(n, options).groups) {
    EXPECT_EQ(group.mode, GroupMode::kLayerwise);
    EXPECT_EQ(group.segment, 0);
  }
}

TEST(PlanMemory, IsDeterministic) {
  RandomStream random(4, "networks");
  for (int i = 0; i < 50; ++i) {
    const Network n = RandomNetwork(&random, {});
    const ExecutionPlan a = PlanMemory(n), b = PlanMemory(n);
    EXPECT_EQ(a.groups, b.groups);
    EXPECT_EQ(a.tensors, b.tensors);
    EXPECT_EQ(a.moves, b.moves);
  }
}

TEST(EstimatePeak, EqualsTheLayerwisePlan) {
  RandomStream random(2, "networks");
  for (int i = 0; i < 3000; ++i) {
    const Network n = RandomNetwork(&random, {.max_operators = 30});
    const ExecutionPlan plan = PlanMemory(n, Layerwise());
    ASSERT_EQ(plan.arena + plan.scratch, EstimatePeak(n)) << PrintNetwork(n);
  }
}

TEST(EstimatePeak, EqualsTheLayerwisePlanOfBranchingNetworks) {
  for (int seed = 0; seed < 3000; ++seed) {
    RandomStream random(static_cast<uint64_t>(seed), "branching");
    const Network n = RandomDag(&random, static_cast<int>(random.Between(1, 25)));
    const ExecutionPlan plan = PlanMemory(n, Layerwise());
    ASSERT_EQ(plan.arena + plan.scratch, EstimatePeak(n)) << PrintNetwork(n);
  }
}

TEST(EstimatePeak, WorksBeyondItsStackBuffer) {
  NetworkBuilder b("deep", {9, 9, 4});
  for (int i = 0; i < 200; ++i) b.Depthwise(b.last(), {3, 3}, {1, 1}, Activation::kNone);
  const Network n = std::move(b).Finish();
  const ExecutionPlan plan = PlanMemory(n, Layerwise());
  EXPECT_EQ(plan.arena + plan.scratch, EstimatePeak(n));
  EXPECT_EQ(FirstViolation(n, plan), "");
}

// Bytes of the arena within reach, input streamed, no recompute.
TEST(PlanMemory, PublishedNetworksTakeAFractionOfTinyEngine) {
  const std::map<std::string, int64_t> reach = {
      {"mbv2-w0.35@144", 26000}, {"proxyless-w0.3@176", 47500}, {"mcunet-in0@48", 12400},
      {"mcunet-in1@96", 17300},  {"mcunet-in3@176", 57000},     {"mcunet-vww1@80", 15000}};
  double logarithms = 0;
  for (const auto& [name, bytes] : reach) {
    const PublishedNetwork published = PublishedNetworkNamed(name);
    PlanOptions options;
    options.input_mode = InputMode::kStreamed;
    const ExecutionPlan plan = PlanMemory(published.network, options);
    EXPECT_EQ(FirstViolation(published.network, plan), "") << name;
    EXPECT_LE(plan.arena.value, bytes) << name;
    EXPECT_EQ(plan.macs_factor, 1.0);
    EXPECT_LE(plan.scratch.value, 4096) << name;
    logarithms += std::log(static_cast<double>((plan.arena + plan.scratch).value) /
                           static_cast<double>(published.tinyengine_bytes));
  }
  EXPECT_LE(std::exp(logarithms / static_cast<double>(reach.size())), 0.2);
}

}  // namespace
}  // namespace mcunas
