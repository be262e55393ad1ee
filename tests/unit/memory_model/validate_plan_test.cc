// Every law, broken on purpose: the judge must see it and name it.
#include "memory_model/judge/validate_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "network/network_builder.h"
#include "tests/unit/memory_model/stacked_plan.h"

namespace mcunas {
namespace {

using ::testing::HasSubstr;

constexpr Activation kNone = Activation::kNone;

// 0 conv, 1 pointwise, 2 depthwise, 3 pointwise, 4 add(3, 0), 5 global pool, 6 fully connected.
Network Residual() {
  NetworkBuilder b("r", {12, 10, 4});
  const int stem = b.Conv(kNetworkInput, 8, {3, 3}, {2, 2}, Activation::kRelu6);
  const int expand = b.Pointwise(stem, 24, Activation::kRelu6);
  const int depthwise = b.Depthwise(expand, {5, 5}, {1, 1}, Activation::kRelu6);
  const int project = b.Pointwise(depthwise, 8, kNone);
  const int sum = b.Add(project, stem);
  b.FullyConnected(b.GlobalAveragePool(sum), 10);
  return std::move(b).Finish();
}

class ValidatePlanTest : public ::testing::Test {
 protected:
  ValidatePlanTest() { Take(LayerwiseGroups(network)); }

  void Take(std::vector<PlanGroup> groups) { plan = StackedPlan(network, std::move(groups)); }
  bool Valid() const { return ValidatePlan(network, plan).empty(); }
  bool Breaks(PlanLaw law) const { return JudgePlan(network, plan).Breaks(law); }
  TensorPlacement& tensor(int t) { return plan.tensors[t]; }

  Network network = Residual();
  ExecutionPlan plan;
};

const std::vector<PlanGroup> kStreamedGroups = {
    {0, 1, GroupMode::kLayerwise}, {1, 6, GroupMode::kRowStream}, {6, 7, GroupMode::kLayerwise}};
const std::vector<PlanGroup> kStripGroups = {{0, 1, GroupMode::kLayerwise},
                                             {1, 4, GroupMode::kStrips, 2},
                                             {4, 6, GroupMode::kRowStream},
                                             {6, 7, GroupMode::kLayerwise}};
const std::vector<PlanGroup> kChannelGroups = {{0, 1, GroupMode::kLayerwise},
                                               {1, 4, GroupMode::kChannelTiles, 1, 1, 0, 7},
                                               {4, 6, GroupMode::kRowStream},
                                               {6, 7, GroupMode::kLayerwise}};

TEST_F(ValidatePlanTest, AcceptsLegalGroups) {
  EXPECT_TRUE(Valid());
  for (const std::vector<PlanGroup>& groups : {kStreamedGroups, kStripGroups, kChannelGroups}) {
    Take(groups);
    const std::vector<PlanViolation> violations = ValidatePlan(network, plan);
    EXPECT_TRUE(violations.empty()) << violations[0].message;
  }
}

TEST_F(ValidatePlanTest, Coverage) {
  const ExecutionPlan good = plan;
  plan.groups.pop_back();
  EXPECT_TRUE(Breaks(PlanLaw::kCoverage));
  plan = good;
  plan.groups.erase(plan.groups.begin() + 2);
  EXPECT_TRUE(Breaks(PlanLaw::kCoverage));
  plan = good;
  std::swap(plan.groups[0], plan.groups[1]);
  EXPECT_TRUE(Breaks(PlanLaw::kCoverage));
  plan = good;
  plan.groups.back().last = 9;
  EXPECT_TRUE(Breaks(PlanLaw::kCoverage));
  plan = good;
  plan.tensors.pop_back();
  EXPECT_TRUE(Breaks(PlanLaw::kCoverage));
  plan = good;
  plan.groups.clear();
  EXPECT_TRUE(Breaks(PlanLaw::kCoverage));
}

TEST_F(ValidatePlanTest, ModeOfOneGroup) {
  const PlanGroup wrong[] = {
      {1, 2, GroupMode::kLayerwise, 2},     // strips need their mode
      {1, 2, GroupMode::kLayerwise, 1, 2},  // and bands theirs
      {1, 2, GroupMode::kRowStream, 2},
      {1, 2, GroupMode::kStrips, 2, 2},
      {1, 2, GroupMode::kStrips, 0},
      {1, 2, GroupMode::kStrips, 6},      // the map has 5 columns
      {1, 2, GroupMode::kPatches, 1, 7},  // and 6 rows
      {1, 2, GroupMode::kPatches, 1, -1},
      {1, 2, GroupMode::kRowStream, 1, 1, -1},
      {1, 2, GroupMode::kRowStream, 1, 1, 0, 4},  // no channels to tile
      {1, 2, GroupMode::kChannelTiles, 1, 1, 0, 4},
      {1, 2, static_cast<GroupMode>(17)},
  };
  for (const PlanGroup& group : wrong) {
    plan.groups[1] = group;
    EXPECT_TRUE(Breaks(PlanLaw::kMode)) << &group - wrong;
  }
}

TEST_F(ValidatePlanTest, ModeOfLayerwiseIsOneOperator) {
  Take({{0, 2, GroupMode::kRowStream}, {2, 6, GroupMode::kRowStream}, {6, 7}});
  EXPECT_TRUE(Valid());
  plan.groups[0].mode = GroupMode::kLayerwise;
  EXPECT_TRUE(Breaks(PlanLaw::kMode));
}

TEST_F(ValidatePlanTest, ModeStripsKeepNothingInside) {
  Take(kStripGroups);
  plan.groups[0].last = 2;  // the stem, which the addition reads, inside a tiled group
  plan.groups[0].mode = GroupMode::kStrips;
  plan.groups[0].strips = 2;
  plan.groups[1] = {2, 4, GroupMode::kRowStream};
  EXPECT_TRUE(Breaks(PlanLaw::kMode));
}

TEST_F(ValidatePlanTest, ModeGlobalPoolIsLastAndUntiled) {
  Take(kStreamedGroups);
  plan.groups[1].last = 7;  // the fully connected operator needs all of the pool's output
  plan.groups.pop_back();
  EXPECT_TRUE(Breaks(PlanLaw::kMode));
  Take(kStreamedGroups);
  plan.groups[1].mode = GroupMode::kStrips;
  plan.groups[1].strips = 2;
  EXPECT_TRUE(Breaks(PlanLaw::kMode));
}

TEST_F(ValidatePlanTest, ModeWholeOperandsComeFromEarlierGroups) {
  NetworkBuilder b("n", {4, 4, 2});
  b.Pointwise(kNetworkInput, 3, kNone);
  b.FullyConnected(b.last(), 5);
  b.Pointwise(b.last(), 5, kNone);
  network = std::move(b).Finish();
  Take({{0, 1}, {1, 3, GroupMode::kRowStream}});
  EXPECT_TRUE(Valid());
  Take({{0, 2, GroupMode::kRowStream}, {2, 3}});
  EXPECT_TRUE(Breaks(PlanLaw::kMode));
}

TEST_F(ValidatePlanTest, ModeChannelTiles) {
  Take(kChannelGroups);
  const ExecutionPlan good = plan;
  for (int tile : {-1, 0, 25}) {
    plan = good;
    plan.groups[1].channel_tile = tile;
    EXPECT_TRUE(Breaks(PlanLaw::kMode)) << tile;
  }
  plan = good;
  plan.groups[1].segment = 2;
  EXPECT_TRUE(Breaks(PlanLaw::kMode));
  plan = good;
  network.operators[4].inputs[1] = 1;  // the expansion is read again
  EXPECT_TRUE(Breaks(PlanLaw::kMode));
}

TEST_F(ValidatePlanTest, InputThatComesOnceIsReadByOneGroup) {
  NetworkBuilder b("n", {8, 4, 4});
  const int left = b.Depthwise(kNetworkInput, {3, 3}, {1, 1}, kNone);
  const int right = b.Depthwise(kNetworkInput, {3, 3}, {1, 1}, kNone);
  b.Add(left, right);
  network = std::move(b).Finish();
  plan = StackedPlan(network, LayerwiseGroups(network), InputMode::kStreamed);
  EXPECT_TRUE(Valid());  // the whole image stays
  tensor(kNetworkInput).ring_pixels = 12;
  EXPECT_TRUE(Breaks(PlanLaw::kInput));
  plan.input_mode = InputMode::kResident;
  EXPECT_TRUE(Breaks(PlanLaw::kInput));
  plan.input_mode = InputMode::kRereadable;
  EXPECT_TRUE(Valid());
  plan = StackedPlan(network, {{0, 3, GroupMode::kRowStream}}, InputMode::kStreamed);
  tensor(kNetworkInput).ring_pixels = 12;
  EXPECT_TRUE(Valid());
  plan = StackedPlan(network, {{0, 3, GroupMode::kStrips, 2}}, InputMode::kStreamed);
  EXPECT_TRUE(Valid());
  tensor(kNetworkInput).ring_pixels = 12;
  EXPECT_TRUE(Breaks(PlanLaw::kInput));
  plan.input_mode = InputMode::kRereadable;
  EXPECT_TRUE(Valid());
}

TEST_F(ValidatePlanTest, State) {
  Take(kChannelGroups);
  const ExecutionPlan good = plan;
  ASSERT_EQ(plan.states.size(), 2u);
  plan.states.pop_back();
  EXPECT_TRUE(Breaks(PlanLaw::kState));
  plan = good;
  std::swap(plan.states[0], plan.states[1]);
  EXPECT_TRUE(Breaks(PlanLaw::kState));
  plan = good;
  plan.states[1].bytes -= 4;
  EXPECT_TRUE(Breaks(PlanLaw::kState));
  plan = good;
  plan.states.insert(plan.states.begin(), {0, 0, 4, 0});  // a convolution has no sums
  EXPECT_TRUE(Breaks(PlanLaw::kState));
  plan = good;
  plan.states.push_back(plan.states.back());
  EXPECT_TRUE(Breaks(PlanLaw::kState));
  plan = good;
  plan.states.push_back({99, 0, 4, 0});
  EXPECT_TRUE(Breaks(PlanLaw::kState));
  plan = good;
  tensor(3).offset = 0;  // the output stands elsewhere than its sums
  EXPECT_TRUE(Breaks(PlanLaw::kState));
  plan = good;
  plan.states[0].offset = plan.arena.value - 4;
  EXPECT_TRUE(Breaks(PlanLaw::kCapacity));
}

TEST_F(ValidatePlanTest, Move) {
  const int64_t elsewhere = plan.arena.value;
  plan.arena += Bytes(1024);
  const ExecutionPlan good = plan;
  plan.moves = {{2, 0, elsewhere, 0}, {4, 0, elsewhere + 8, 0}};
  EXPECT_TRUE(Valid());
  std::swap(plan.moves[0], plan.moves[1]);
  EXPECT_TRUE(Breaks(PlanLaw::kMove));
  for (const TensorMove& move : {TensorMove{-1, 0, elsewhere, 0}, TensorMove{7, 0, elsewhere, 0},
                                 TensorMove{2, 2, elsewhere, 0}, TensorMove{2, -2, elsewhere, 0}}) {
    plan = good;
    plan.moves = {move};
    EXPECT_TRUE(Breaks(PlanLaw::kMove)) << move.group << " " << move.tensor;
  }
  plan = good;
  plan.moves = {{2, 0, plan.arena.value, 0}};
  EXPECT_TRUE(Breaks(PlanLaw::kCapacity));
  plan.moves = {{2, 0, elsewhere + 2, 0}};
  EXPECT_TRUE(Breaks(PlanLaw::kAlignment));
}

TEST_F(ValidatePlanTest, Capacity) {
  const ExecutionPlan good = plan;
  plan.arena = plan.arena - Bytes(8);
  EXPECT_TRUE(Breaks(PlanLaw::kCapacity));
  const auto broken = [&](auto change) {
    plan = good;
    change(&tensor(1));
    EXPECT_TRUE(Breaks(PlanLaw::kCapacity));
  };
  broken([](TensorPlacement* p) { p->offset = -8; });
  broken([](TensorPlacement* p) { p->offset = std::numeric_limits<int64_t>::max() - 3; });
  broken([](TensorPlacement* p) { p->pixel_bytes -= 4; });
  broken([](TensorPlacement* p) { p->width += 1; });
  broken([](TensorPlacement* p) { p->ring_pixels = 0; });
  broken([](TensorPlacement* p) { p->ring_pixels = -5; });
  broken([](TensorPlacement* p) { p->ring_pixels = int64_t{1} << 60; });
  broken([](TensorPlacement* p) { p->region = 1; });
  broken([](TensorPlacement* p) { p->region = -1; });
  plan = good;
  tensor(1).ring_pixels -= 1;  // a later group reads it: it must be whole
  EXPECT_TRUE(Breaks(PlanLaw::kCapacity));
  plan = good;
  plan.arena = Bytes(kMaxJudgedBytes + 8);
  EXPECT_TRUE(Breaks(PlanLaw::kCapacity));
}

TEST_F(ValidatePlanTest, CapacityOfStripsAndChannelTiles) {
  Take(kStripGroups);
  // Of 5 columns the right strip has 3; depthwise 5x5 needs all 5 expanded columns.
  EXPECT_EQ(tensor(1).width, 5);
  EXPECT_EQ(tensor(2).width, 3);
  ++tensor(2).width;
  EXPECT_TRUE(Breaks(PlanLaw::kCapacity));
  Take(kChannelGroups);
  tensor(2).pixel_bytes = 24;
  EXPECT_TRUE(Breaks(PlanLaw::kCapacity));
}

TEST_F(ValidatePlanTest, Regions) {
  plan.more_regions = {Bytes(2400)};
  tensor(1).region = 1;  // 6 x 5 x 24 = 720 bytes
  tensor(1).offset = 1680;
  EXPECT_TRUE(Valid());
  EXPECT_EQ(JudgePlan(network, plan).touched[1], Bytes(2400));
  tensor(1).offset += 4;
  EXPECT_TRUE(Breaks(PlanLaw::kCapacity));
  tensor(1).offset = 0;
  plan.more_regions = {Bytes(724)};
  EXPECT_TRUE(Breaks(PlanLaw::kAlignment));
}

TEST_F(ValidatePlanTest, Alignment) {
  const ExecutionPlan good = plan;
  plan.arena += Bytes(4);
  EXPECT_TRUE(Breaks(PlanLaw::kAlignment));
  plan = good;
  plan.arena += Bytes(8);
  plan.tensors.back().offset += 2;
  EXPECT_TRUE(Breaks(PlanLaw::kAlignment));
  plan = good;
  plan.states[0].offset -= 1;
  EXPECT_TRUE(Breaks(PlanLaw::kAlignment));
}

TEST_F(ValidatePlanTest, Scratch) {
  int64_t enough = 0;
  while (plan.scratch = Bytes(enough), Breaks(PlanLaw::kScratch)) enough += 4;
  EXPECT_GT(enough, 0);
  EXPECT_TRUE(Valid());
  plan.scratch = Bytes(enough - 4);
  const std::vector<PlanViolation> violations = ValidatePlan(network, plan);
  ASSERT_FALSE(violations.empty());
  EXPECT_THAT(violations[0].message,
              HasSubstr(" scratch bytes, the plan has " + std::to_string(enough - 4)));
}

TEST_F(ValidatePlanTest, OverlapByOnePixelTooMuch) {
  // Depthwise 3x3 over [16, 4, 4]: a row may be written when the row above it has been used, so the
  // output may begin one row (and no pixel more) before its input.
  NetworkBuilder b("n", {16, 4, 4});
  b.Depthwise(kNetworkInput, {3, 3}, {1, 1}, kNone);
  network = std::move(b).Finish();
  plan = StackedPlan(network, LayerwiseGroups(network));
  tensor(0).offset = 0;
  tensor(kNetworkInput).offset = 32;
  EXPECT_TRUE(Valid());
  EXPECT_EQ(JudgePlan(network, plan).touched[0], Bytes(16 * 16 + 32));
  tensor(kNetworkInput).offset -= 4;
  const std::vector<PlanViolation> violations = ValidatePlan(network, plan);
  ASSERT_FALSE(violations.empty());
  EXPECT_EQ(violations[0].law, PlanLaw::kOverlap);
  EXPECT_EQ(violations[0].op, 0);
  EXPECT_THAT(violations[0].message, HasSubstr("operator 0 reads pixel (0, 0) of tensor -1"));
}

TEST_F(ValidatePlanTest, LifetimeOfASkip) {
  tensor(3).offset = tensor(0).offset;  // the projection over the stem, which the addition reads
  const std::vector<PlanViolation> violations = ValidatePlan(network, plan);
  ASSERT_FALSE(violations.empty());
  EXPECT_EQ(violations[0].law, PlanLaw::kLifetime);
  EXPECT_EQ(violations[0].op, 4);
  EXPECT_THAT(violations[0].message, HasSubstr("of tensor 3 was written"));
}

TEST_F(ValidatePlanTest, LifetimeOfTheOutput) {
  Take({{0, 7, GroupMode::kRowStream}});
  NetworkBuilder b("n", {4, 4, 4});
  const int a = b.Pointwise(kNetworkInput, 4, kNone);
  const int out = b.Pointwise(a, 4, kNone);
  network = std::move(b).Finish();
  Take({{0, 2, GroupMode::kRowStream}});
  tensor(a).ring_pixels = 4;
  EXPECT_TRUE(Valid());
  tensor(a).offset = tensor(out).offset + 32;  // the line buffer over rows of the result
  EXPECT_TRUE(Breaks(PlanLaw::kLifetime));
}

TEST_F(ValidatePlanTest, MovesCarryAndDestroy) {
  // Before the addition the stem is moved by one row over itself: memmove, nothing is lost.
  plan.arena += Bytes(64);
  const int64_t from = tensor(0).offset;
  plan.moves = {{1, 0, from + 40, 0}};
  for (int t = 1; t < 7; ++t) tensor(t).offset += 64;
  for (StatePlacement& s : plan.states) s.offset += 64;
  EXPECT_TRUE(Valid());
  // The old place is free again, the new one is taken.
  tensor(1).offset = from;
  plan.moves[0].offset = from + 40;
  EXPECT_TRUE(Breaks(PlanLaw::kOverlap) || Breaks(PlanLaw::kLifetime));
  plan.moves[0].offset = tensor(2).offset;
  plan.moves[0].group = 3;  // onto the depthwise output, before it is read
  EXPECT_TRUE(Breaks(PlanLaw::kLifetime));
}

TEST_F(ValidatePlanTest, MoveOfALostTensorIsSeenWhereItIsRead) {
  tensor(3).offset = tensor(kNetworkInput).offset;  // legal: the image is dead
  plan.arena += Bytes(512);
  EXPECT_TRUE(Valid());
  plan.moves = {{4, kNetworkInput, plan.arena.value - 480, 0}};
  EXPECT_TRUE(Valid());  // useless, harmless
  plan.moves[0].offset = tensor(0).offset;
  EXPECT_TRUE(Breaks(PlanLaw::kLifetime));
}

TEST_F(ValidatePlanTest, Dependency) {
  // In a wrong order, the first operator reads pixels that nobody has written.
  NetworkBuilder b("n", {4, 4, 4});
  b.Pointwise(kNetworkInput, 4, kNone);
  b.Pointwise(b.last(), 4, kNone);
  network = std::move(b).Finish();
  Take(LayerwiseGroups(network));
  network.operators[0].inputs[0] = 1;  // a cycle that VerifyNetwork would refuse
  EXPECT_TRUE(Breaks(PlanLaw::kDependency));
}

TEST_F(ValidatePlanTest, Macs) {
  plan.macs_factor = 1.001;
  EXPECT_TRUE(Breaks(PlanLaw::kMacs));
  plan.macs_factor = 0.999;
  EXPECT_TRUE(Breaks(PlanLaw::kMacs));
  plan.macs_factor = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(Breaks(PlanLaw::kMacs));
  Take(kStripGroups);
  EXPECT_GT(plan.macs_factor, 1.0);
  const double honest = plan.macs_factor;
  plan.macs_factor = honest * 1.0001;
  EXPECT_TRUE(Breaks(PlanLaw::kMacs));
  plan.macs_factor = honest * 0.9999;
  EXPECT_TRUE(Breaks(PlanLaw::kMacs));
}

TEST_F(ValidatePlanTest, ReportsAtMostTwenty) {
  for (TensorPlacement& p : plan.tensors) p.offset = 0;
  EXPECT_LE(ValidatePlan(network, plan).size(), kMaxViolations);
  EXPECT_GE(ValidatePlan(network, plan).size(), 5u);
}

}  // namespace
}  // namespace mcunas
