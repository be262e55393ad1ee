// Streaming plans by hand: rings exactly as large as the contract makes them pass, one pixel less
// does not.
#include <gtest/gtest.h>

#include "memory_model/judge/validate_plan.h"
#include "network/network_builder.h"
#include "network/operator_counts.h"
#include "tests/unit/memory_model/stacked_plan.h"

namespace mcunas {
namespace {

constexpr Activation kNone = Activation::kNone;
constexpr int kIn = kNetworkInput;

std::string FirstViolation(const Network& network, const ExecutionPlan& plan) {
  const std::vector<PlanViolation> violations = ValidatePlan(network, plan);
  return violations.empty()
             ? ""
             : std::string(PlanLawName(violations[0].law)) + ": " + violations[0].message;
}

TensorPlacement& At(ExecutionPlan* plan, int tensor) { return plan->tensors[tensor]; }

// The smallest ring of `tensor` that the judge accepts, all else being equal.
int64_t SmallestRing(const Network& network, ExecutionPlan plan, int tensor) {
  EXPECT_EQ(FirstViolation(network, plan), "");
  for (int64_t pixels = At(&plan, tensor).ring_pixels; pixels > 0; --pixels) {
    At(&plan, tensor).ring_pixels = pixels;
    if (FirstViolation(network, plan) != "") return pixels + 1;
  }
  return 1;
}

// Depthwise over [16, 10, 4], then an operator with the window of the test.
Network TwoWindows(int kernel, int stride) {
  NetworkBuilder b("n", {16, 10, 4});
  b.Depthwise(kIn, {3, 3}, {1, 1}, kNone);
  b.Depthwise(b.last(), Extent(kernel), Extent(stride), kNone);
  return std::move(b).Finish();
}

TEST(Rings, WholeRows) {
  for (int kernel : {1, 3, 5, 7}) {
    const Network n = TwoWindows(kernel, 1);
    const ExecutionPlan plan = StackedPlan(n, {{0, 2, GroupMode::kRowStream}});
    EXPECT_EQ(SmallestRing(n, plan, 0), kernel * 10) << kernel;
  }
}

TEST(Rings, SinglePixels) {
  // From the first pixel of the window to its last in raster order: (k - 1) rows and k pixels.
  for (int stride : {1, 2}) {
    for (int kernel : {1, 3, 5, 7}) {
      const Network n = TwoWindows(kernel, stride);
      const ExecutionPlan plan = StackedPlan(n, {{0, 2, GroupMode::kRowStream, 1, 1, 1}});
      EXPECT_EQ(SmallestRing(n, plan, 0), (kernel - 1) * 10 + kernel) << kernel << " " << stride;
    }
  }
}

TEST(Rings, SegmentsOfFour) {
  // A segment reads 4 + k - 1 columns of the last row at once.
  const Network n = TwoWindows(3, 1);
  const ExecutionPlan plan = StackedPlan(n, {{0, 2, GroupMode::kRowStream, 1, 1, 4}});
  EXPECT_EQ(SmallestRing(n, plan, 0), 2 * 10 + 4 + 2);
}

TEST(Rings, StreamedInputArrivesInWholeRows) {
  const Network n = TwoWindows(3, 1);
  const ExecutionPlan plan =
      StackedPlan(n, {{0, 2, GroupMode::kRowStream, 1, 1, 1}}, InputMode::kStreamed);
  EXPECT_EQ(SmallestRing(n, plan, kIn), 3 * 10);
}

TEST(Rings, ASkipWaitsForTheLongWay) {
  // add(5x5 of 3x3 of stem, stem): the stem runs ahead by 1 + 2 rows.
  NetworkBuilder b("n", {16, 10, 4});
  const int stem = b.Pointwise(kIn, 4, kNone);
  const int three = b.Depthwise(stem, {3, 3}, {1, 1}, kNone);
  const int five = b.Depthwise(three, {5, 5}, {1, 1}, kNone);
  b.Add(five, stem);
  const Network n = std::move(b).Finish();
  const ExecutionPlan rows = StackedPlan(n, {{0, 4, GroupMode::kRowStream}});
  EXPECT_EQ(SmallestRing(n, rows, stem), (1 + 2 + 1) * 10);
  EXPECT_EQ(SmallestRing(n, rows, three), 5 * 10);
  EXPECT_EQ(SmallestRing(n, rows, five), 10);
  const ExecutionPlan pixels = StackedPlan(n, {{0, 4, GroupMode::kRowStream, 1, 1, 1}});
  EXPECT_EQ(SmallestRing(n, pixels, stem), 3 * 10 + 3 + 1);
  EXPECT_EQ(SmallestRing(n, pixels, three), 4 * 10 + 5);
  EXPECT_EQ(SmallestRing(n, pixels, five), 1);
}

TEST(Rings, AnElementwiseOperatorMayWriteOverItsOperandOnly) {
  NetworkBuilder b("n", {6, 5, 4});
  const int left = b.Pointwise(kIn, 4, kNone);
  const int right = b.Depthwise(kIn, {3, 3}, {1, 1}, kNone);
  const int sum = b.Add(left, right);
  b.Pointwise(sum, 4, kNone);
  const Network n = std::move(b).Finish();
  ExecutionPlan plan = StackedPlan(n, {{0, 1}, {1, 3, GroupMode::kRowStream}, {3, 4}});
  At(&plan, right).ring_pixels = 5;
  EXPECT_EQ(FirstViolation(n, plan), "");
  At(&plan, sum).offset = At(&plan, left).offset;
  EXPECT_EQ(FirstViolation(n, plan), "");
  At(&plan, sum).offset += 4;  // a pixel further: destroys what it reads next
  EXPECT_NE(FirstViolation(n, plan), "");
  At(&plan, sum).offset -= 4;
  At(&plan, 3).offset = At(&plan, sum).offset;  // the kernel of pointwise may write in any order
  EXPECT_NE(FirstViolation(n, plan), "");
}

TEST(Rings, TensorsReadLaterAreCompleted) {
  // Stride 2 of kernel 1 never asks for the last row of `side`, but a later group reads it.
  NetworkBuilder b("n", {6, 6, 2});
  const int side = b.Depthwise(kIn, {3, 3}, {1, 1}, kNone);
  const int main = b.Depthwise(side, {1, 1}, {2, 2}, kNone);
  b.GlobalAveragePool(main);
  b.Depthwise(side, {3, 3}, {1, 1}, kNone);
  const Network n = std::move(b).Finish();
  const ExecutionPlan plan = StackedPlan(n, {{0, 2, GroupMode::kRowStream}, {2, 3}, {3, 4}});
  const PlanJudgement judgement = JudgePlan(n, plan);
  EXPECT_EQ(judgement.violations.size(), 0u);
  EXPECT_EQ(judgement.executed, judgement.counted);
}

TEST(Rings, RowsThatNobodyReadsAreCountedButNotComputed) {
  NetworkBuilder b("n", {6, 6, 2});
  b.Depthwise(kIn, {3, 3}, {1, 1}, kNone);
  b.Depthwise(b.last(), {1, 1}, {2, 2}, kNone);
  const Network n = std::move(b).Finish();
  const PlanJudgement judgement = JudgePlan(n, StackedPlan(n, {{0, 2, GroupMode::kRowStream}}));
  EXPECT_EQ(judgement.violations.size(), 0u);
  EXPECT_EQ(judgement.counted, NetworkMacs(n));
  // One row, and in the row before it the last pixel, of 9 MACs in 2 channels.
  EXPECT_EQ((judgement.counted - judgement.executed).value, 7 * 9 * 2);
}

TEST(Strips, ColumnsBetweenStripsAreComputedTwice) {
  const Network n = TwoWindows(3, 1);
  ExecutionPlan plan = StackedPlan(n, {{0, 2, GroupMode::kStrips, 2}});
  EXPECT_EQ(At(&plan, 0).width, 6);
  EXPECT_EQ(SmallestRing(n, plan, 0), 3 * 6);
  const PlanJudgement judgement = JudgePlan(n, plan);
  EXPECT_EQ(judgement.executed, judgement.counted);
  EXPECT_EQ((judgement.executed - NetworkMacs(n)).value, 2 * 16 * 4 * 9);
}

TEST(Strips, OfUnequalWidthFromTheWidest) {
  const Network n = TwoWindows(5, 2);  // 5 output columns: strips of 1, 2 and 2
  ExecutionPlan plan = StackedPlan(n, {{0, 2, GroupMode::kStrips, 3}});
  EXPECT_EQ(At(&plan, 0).width, 7);  // 2 * 2 - 2 + 5, from column 0 and to column 10
  EXPECT_EQ(FirstViolation(n, plan), "");
  EXPECT_EQ(SmallestRing(n, plan, 0), 4 * 7 + 7);
}

TEST(Strips, ColumnsThatNobodyReadsAreCounted) {
  // Kernel 1, stride 2: the strips ask for columns 0, 2, 4 and 6, 8 of 10 and never for the last
  // row; column 5 and column 9 belong to no strip.
  const Network n = TwoWindows(1, 2);
  const PlanJudgement judgement = JudgePlan(n, StackedPlan(n, {{0, 2, GroupMode::kStrips, 2}}));
  EXPECT_EQ(judgement.violations.size(), 0u);
  EXPECT_EQ(judgement.counted, NetworkMacs(n));
  EXPECT_LT(judgement.executed, judgement.counted);
}

TEST(Patches, RowsBetweenBandsAreComputedTwice) {
  const Network n = TwoWindows(3, 1);
  const ExecutionPlan plan = StackedPlan(n, {{0, 2, GroupMode::kPatches, 2, 4}});
  const PlanJudgement judgement = JudgePlan(n, plan);
  EXPECT_EQ(judgement.violations.size(), 0u);
  // Inner map: 12 of 10 columns; 5 + 6 + 6 + 5 of 16 rows.
  EXPECT_EQ(judgement.executed.value, 9 * 4 * (16 * 10 + 12 * 22));
  EXPECT_EQ(judgement.executed, judgement.counted);
}

TEST(Patches, ARereadableInputStartsOverInEveryTile) {
  const Network n = TwoWindows(3, 1);
  const ExecutionPlan plan =
      StackedPlan(n, {{0, 2, GroupMode::kPatches, 2, 2}}, InputMode::kRereadable);
  EXPECT_EQ(SmallestRing(n, plan, kIn), 3 * 10);
}

TEST(Pool, SumsLiveAsLongAsTheirGroup) {
  NetworkBuilder b("n", {8, 8, 4});
  const int conv = b.Depthwise(kIn, {3, 3}, {1, 1}, kNone);
  const int pool = b.GlobalAveragePool(conv);
  const Network n = std::move(b).Finish();
  ExecutionPlan plan = StackedPlan(n, {{0, 2, GroupMode::kRowStream, 1, 1, 1}});
  EXPECT_EQ(SmallestRing(n, plan, conv), 1);
  plan.states[0].offset = At(&plan, pool).offset;  // replaced by the output in order
  EXPECT_EQ(FirstViolation(n, plan), "");
  plan.states[0].offset = At(&plan, pool).offset - 4;  // the output over the second sum
  EXPECT_NE(FirstViolation(n, plan), "");
  plan.states[0].offset = At(&plan, kIn).offset + 3 * 32;  // over rows still to be read
  EXPECT_NE(FirstViolation(n, plan), "");
  plan.states[0].offset = At(&plan, conv).offset;  // under the line buffer
  EXPECT_NE(FirstViolation(n, plan), "");
}

TEST(ChannelTiles, InnerRingsHoldOneTile) {
  NetworkBuilder b("n", {6, 6, 4});
  const int expand = b.Pointwise(kIn, 24, kNone);
  const int depthwise = b.Depthwise(expand, {3, 3}, {1, 1}, kNone);
  const int project = b.Pointwise(depthwise, 4, kNone);
  const Network n = std::move(b).Finish();
  ExecutionPlan plan = StackedPlan(n, {{0, 3, GroupMode::kChannelTiles, 1, 1, 0, 7}});
  EXPECT_EQ(At(&plan, expand).pixel_bytes, 7);
  EXPECT_EQ(SmallestRing(n, plan, expand), 3 * 6);
  EXPECT_EQ(SmallestRing(n, plan, depthwise), 6);
  const PlanJudgement judgement = JudgePlan(n, plan);
  EXPECT_EQ(judgement.executed, NetworkMacs(n));
  EXPECT_EQ(judgement.counted, NetworkMacs(n));
  // The input is read again in every run of channels: nothing may lie over it.
  At(&plan, depthwise).offset = At(&plan, kIn).offset;
  EXPECT_NE(FirstViolation(n, plan), "");
  plan = StackedPlan(n, {{0, 3, GroupMode::kChannelTiles, 1, 1, 0, 24}});
  EXPECT_EQ(FirstViolation(n, plan), "");
  At(&plan, project).offset += 4;
  EXPECT_NE(FirstViolation(n, plan), "");
}

TEST(Boundary, OutputFollowsItsDyingInput) {
  // 3x3 of 3x3: when output row y is written, the inner operator has done row y + 1 and will read
  // input rows from y + 1 on. The output may lie exactly over its input, but no pixel further.
  const Network n = TwoWindows(3, 1);
  ExecutionPlan plan = StackedPlan(n, {{0, 2, GroupMode::kRowStream}});
  At(&plan, kIn).offset = 0;
  At(&plan, 1).offset = 0;
  At(&plan, 0) = {16 * 40 + 8, 30, 10, 4, 0};
  EXPECT_EQ(FirstViolation(n, plan), "");
  EXPECT_EQ(JudgePlan(n, plan).touched[0], Bytes(16 * 40 + 8 + 30 * 4));
  At(&plan, 1).offset = 4;
  EXPECT_NE(FirstViolation(n, plan), "");
}

}  // namespace
}  // namespace mcunas
