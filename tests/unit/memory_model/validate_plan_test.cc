// Every law, broken on purpose: the judge must see it and name it.
#include "memory_model/validate_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "memory_model/memory_model.h"
#include "tests/unit/memory_model/random_network.h"

namespace mcunas {
namespace {

using ::testing::HasSubstr;

Network Residual() {
  NetworkBuilder b("r", {12, 10, 4});
  const int stem = b.Conv(kNetworkInput, 8, 3, 2, Activation::kRelu6);
  const int expand = b.Pointwise(stem, 24, Activation::kRelu6);
  const int depthwise = b.Depthwise(expand, 5, 1, Activation::kRelu6);
  const int project = b.Pointwise(depthwise, 8, Activation::kNone);
  const int sum = b.Add(project, stem);
  b.FullyConnected(b.GlobalAveragePool(sum), 10);
  return std::move(b).Finish();
}

bool Breaks(const std::vector<PlanViolation>& violations, PlanLaw law) {
  for (const PlanViolation& v : violations)
    if (v.law == law) return true;
  return false;
}

class ValidatePlanTest : public ::testing::Test {
 protected:
  Network network = Residual();
  ExecutionPlan plan = PlanMemory(network);
  std::vector<PlanViolation> Judge() const { return ValidatePlan(network, plan); }
};

TEST_F(ValidatePlanTest, AcceptsTheValidPlan) { EXPECT_TRUE(Judge().empty()); }

TEST_F(ValidatePlanTest, Coverage) {
  ExecutionPlan good = plan;
  plan.groups.pop_back();
  EXPECT_TRUE(Breaks(Judge(), PlanLaw::kCoverage));
  plan = good;
  plan.groups.erase(plan.groups.begin() + 2);
  EXPECT_TRUE(Breaks(Judge(), PlanLaw::kCoverage));
  plan = good;
  std::swap(plan.groups[0], plan.groups[1]);
  EXPECT_TRUE(Breaks(Judge(), PlanLaw::kCoverage));
  plan = good;
  plan.groups[0].n_strips = 2;
  EXPECT_TRUE(Breaks(Judge(), PlanLaw::kCoverage));
  plan = good;
  plan.tensors.pop_back();
  EXPECT_TRUE(Breaks(Judge(), PlanLaw::kCoverage));
  plan = good;
  plan.groups.clear();
  EXPECT_TRUE(Breaks(Judge(), PlanLaw::kCoverage));
}

TEST_F(ValidatePlanTest, OverlapByOneRowTooMuch) {
  // The depthwise output moved 4 bytes towards its input.
  NetworkBuilder b("n", {16, 4, 4});
  b.Depthwise(kNetworkInput, 3, 1, Activation::kNone);
  network = std::move(b).Finish();
  plan = PlanMemory(network);
  ASSERT_TRUE(Judge().empty());
  plan.tensors[0].offset -= 4;
  const std::vector<PlanViolation> violations = Judge();
  EXPECT_TRUE(Breaks(violations, PlanLaw::kOverlap));
  EXPECT_EQ(violations[0].op, 0);
  EXPECT_THAT(violations[0].message, HasSubstr("operator 0 reads row"));
}

TEST_F(ValidatePlanTest, LifetimeOfASkip) {
  // Put the expansion over the stem, which the add still reads.
  plan.tensors[2].offset = plan.tensors[1].offset;
  EXPECT_TRUE(Breaks(Judge(), PlanLaw::kOverlap) || Breaks(Judge(), PlanLaw::kLifetime));
  plan = PlanMemory(network);
  plan.tensors[3].offset = plan.tensors[1].offset;  // depthwise output over the stem
  EXPECT_TRUE(Breaks(Judge(), PlanLaw::kLifetime));
}

TEST_F(ValidatePlanTest, LifetimeOfTheOutput) {
  NetworkBuilder b("n", {4, 4, 4});
  const int a = b.Pointwise(kNetworkInput, 4, Activation::kNone);
  const int out = b.Pointwise(a, 4, Activation::kNone);
  network = std::move(b).Finish();
  plan = PlanMemory(network);
  // Rows of the output share bytes: later rows destroy earlier ones.
  plan.tensors[static_cast<size_t>(out + 1)].ring_rows = 2;
  EXPECT_TRUE(Breaks(Judge(), PlanLaw::kOverlap) || Breaks(Judge(), PlanLaw::kLifetime));
}

TEST_F(ValidatePlanTest, RowDependency) {
  // In a wrong order, the first operator reads rows that nobody has written.
  NetworkBuilder b("n", {4, 4, 4});
  b.Pointwise(kNetworkInput, 4, Activation::kNone);
  b.Pointwise(b.last(), 4, Activation::kNone);
  network = std::move(b).Finish();
  plan = PlanMemory(network);
  network.operators[0].inputs[0] = 1;  // a cycle that VerifyNetwork would refuse
  EXPECT_TRUE(Breaks(Judge(), PlanLaw::kRowDependency));
}

TEST_F(ValidatePlanTest, Capacity) {
  const ExecutionPlan good = plan;
  plan.arena = plan.arena - Bytes(8);
  EXPECT_TRUE(Breaks(Judge(), PlanLaw::kCapacity));
  plan = good;
  plan.tensors[1].offset = -8;
  EXPECT_TRUE(Breaks(Judge(), PlanLaw::kCapacity));
  plan = good;
  plan.tensors[1].row_bytes -= 4;
  EXPECT_TRUE(Breaks(Judge(), PlanLaw::kCapacity));
  plan = good;
  plan.tensors[1].ring_rows = 0;
  EXPECT_TRUE(Breaks(Judge(), PlanLaw::kCapacity));
}

TEST_F(ValidatePlanTest, Alignment) {
  const ExecutionPlan good = plan;
  plan.arena += Bytes(4);
  EXPECT_TRUE(Breaks(Judge(), PlanLaw::kAlignment));
  plan = good;
  plan.arena += Bytes(8);
  plan.tensors.back().offset += 2;
  EXPECT_TRUE(Breaks(Judge(), PlanLaw::kAlignment));
}

TEST_F(ValidatePlanTest, Scratch) {
  plan.scratch = plan.scratch - Bytes(4);
  const std::vector<PlanViolation> violations = Judge();
  ASSERT_TRUE(Breaks(violations, PlanLaw::kScratch));
  EXPECT_THAT(violations[0].message,
              HasSubstr(" scratch bytes, the plan has " + std::to_string(plan.scratch.value)));
}

TEST_F(ValidatePlanTest, ReportsAtMostTwenty) {
  for (TensorPlacement& p : plan.tensors) p.offset = 0;
  EXPECT_LE(Judge().size(), 20u);
  EXPECT_GE(Judge().size(), 5u);
}

TEST(ValidatePlanProperty, SmallMovesOfTightPlansAreCaught) {
  // Chains at their optimum: moving the whole stack of later tensors closer by 4 bytes must break a
  // law wherever a pair was at its legal distance.
  RandomStream random(5, "mutations");
  int caught = 0;
  int tried = 0;
  for (int i = 0; i < 300; ++i) {
    const Network n = RandomNetwork(&random, {.max_operators = 6, .residual = 0, .side_read = 0});
    const ExecutionPlan good = PlanMemory(n);
    for (size_t t = 0; t < good.tensors.size(); ++t) {
      for (int64_t move : {-4, 4}) {
        ExecutionPlan bad = good;
        bad.tensors[t].offset += move;
        bad.arena += Bytes(8);
        ++tried;
        caught += bad.tensors[t].offset < 0 || !ValidatePlan(n, bad).empty();
      }
    }
  }
  // Not every move breaks something (there is slack off the peak), but tight pairs are everywhere.
  EXPECT_GT(caught * 4, tried) << caught << " of " << tried;
}

// Row streaming: the types and the judge are ready before the planner is.
struct Streamed {
  Network network;
  ExecutionPlan plan;
};

// Two 3x3 depthwise operators over [8, 4, 4] in one group: input resident, inner ring of `rows`.
Streamed TwoDepthwise(int rows, InputMode mode, int input_rows) {
  NetworkBuilder b("n", {8, 4, 4});
  b.Depthwise(kNetworkInput, 3, 1, Activation::kNone);
  b.Depthwise(b.last(), 3, 1, Activation::kNone);
  Streamed s{std::move(b).Finish(), {}};
  s.plan.groups = {{0, 2, GroupMode::kRowStream, 1}};
  s.plan.input_mode = mode;
  s.plan.tensors = {
      {0, input_rows, 16, 0}, {input_rows * 16, rows, 16, 0}, {(input_rows + rows) * 16, 8, 16, 0}};
  s.plan.arena = Bytes((input_rows + rows + 8) * 16);
  s.plan.scratch = Bytes(4096);
  return s;
}

TEST(ValidatePlanStreaming, AcceptsRingsThatHoldTheWindow) {
  const Streamed s = TwoDepthwise(3, InputMode::kResident, 8);
  EXPECT_TRUE(ValidatePlan(s.network, s.plan).empty());
  const Streamed camera = TwoDepthwise(3, InputMode::kStreamed, 3);
  EXPECT_TRUE(ValidatePlan(camera.network, camera.plan).empty());
}

TEST(ValidatePlanStreaming, RefusesRingsThatAreTooSmall) {
  const Streamed inner = TwoDepthwise(2, InputMode::kResident, 8);
  EXPECT_FALSE(ValidatePlan(inner.network, inner.plan).empty());
  const Streamed input = TwoDepthwise(3, InputMode::kStreamed, 2);
  EXPECT_FALSE(ValidatePlan(input.network, input.plan).empty());
}

TEST(ValidatePlanStreaming, OnlyARereadableInputComesTwice) {
  // Two operators that both walk over the whole input, in separate groups, through a 3-row ring.
  NetworkBuilder b("n", {8, 4, 4});
  const int left = b.Depthwise(kNetworkInput, 3, 1, Activation::kNone);
  const int right = b.Depthwise(kNetworkInput, 3, 1, Activation::kNone);
  b.Add(left, right);
  const Network n = std::move(b).Finish();
  ExecutionPlan plan;
  plan.groups = {{0, 1, GroupMode::kLayerwise, 1},
                 {1, 2, GroupMode::kLayerwise, 1},
                 {2, 3, GroupMode::kLayerwise, 1}};
  plan.tensors = {{0, 3, 16, 0}, {48, 8, 16, 0}, {176, 8, 16, 0}, {48, 8, 16, 0}};
  plan.arena = Bytes(304);
  plan.scratch = Bytes(4096);
  plan.input_mode = InputMode::kRereadable;
  EXPECT_TRUE(ValidatePlan(n, plan).empty());
  plan.input_mode = InputMode::kStreamed;
  EXPECT_FALSE(ValidatePlan(n, plan).empty());
}

}  // namespace
}  // namespace mcunas
