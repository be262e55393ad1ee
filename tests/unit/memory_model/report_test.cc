// Reports and limits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "memory_model/flash_model.h"
#include "memory_model/limits.h"
#include "memory_model/memory_model.h"
#include "memory_model/planner/plan_memory.h"
#include "memory_model/scratch.h"
#include "network/operator_counts.h"
#include "tests/unit/memory_model/random_network.h"

namespace mcunas {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

Network Small() {
  NetworkBuilder b("small", {8, 8, 3});
  const int stem = b.Conv(kNetworkInput, 8, {3, 3}, {2, 2}, Activation::kRelu6);
  const int expand = b.Pointwise(stem, 24, Activation::kRelu6);
  const int depthwise = b.Depthwise(expand, {3, 3}, {1, 1}, Activation::kRelu6);
  const int project = b.Pointwise(depthwise, 8, Activation::kNone);
  b.FullyConnected(b.GlobalAveragePool(b.Add(project, stem)), 10);
  return std::move(b).Finish();
}

TEST(ReportMemory, AddsUp) {
  const Network n = Small();
  const ExecutionPlan plan = PlanMemory(n);
  const MemoryReport r = ReportMemory(n, plan);
  EXPECT_EQ(r.arena, plan.arena);
  EXPECT_EQ(r.scratch, plan.scratch);
  EXPECT_EQ(r.input.value, 192);
  EXPECT_EQ(r.output.value, 10);
  EXPECT_EQ(r.total, r.arena + r.scratch + r.output + kStaticDataEstimate + kStackEstimate);
  EXPECT_EQ(r.weights.value, 27 * 8 + 8 * 24 + 9 * 24 + 24 * 8 + 80);
  EXPECT_EQ(r.macs, NetworkMacs(n));
  Bytes weights, constants, peak, scratch;
  Macs macs;
  for (const OperatorMemory& op : r.operators) {
    weights += op.weights;
    constants += op.constants;
    macs += op.macs;
    peak = std::max(peak, op.live);
    scratch = std::max(scratch, op.scratch);
  }
  EXPECT_EQ(weights, r.weights);
  // Beside the operators: input, scratch, program, and four kinds of windows.
  EXPECT_EQ(constants + kPlacementBytes * 2 + kProgramBytes + kAccessBytes * 4, r.constants);
  EXPECT_EQ(macs, r.macs);
  EXPECT_LE(peak, r.arena);
  EXPECT_EQ(scratch, r.scratch);
  EXPECT_EQ(r.flash_total, r.weights + r.constants + r.code);
}

TEST(ReportMemory, CountsConstantsPerTable) {
  const Network n = Small();
  const Bytes bookkeeping = kStepBytes + kOperandBytes + kPlacementBytes + kGroupBytes;
  // 10 channels: 40 + 40 + 12 bytes of tables; 80 weights need no padding.
  EXPECT_EQ(OperatorConstantBytes(n.operators[6]), Bytes(92) + kWeightedBytes + bookkeeping);
  EXPECT_EQ(OperatorConstantBytes(n.operators[4]), kAdditionBytes + bookkeeping + kOperandBytes);
  EXPECT_EQ(OperatorConstantBytes(n.operators[5]), kPoolingBytes + bookkeeping);
  // 3 channels of 3 x 3: of 27 weights 9 stand there twice.
  NetworkBuilder b("odd", {5, 5, 3});
  b.Depthwise(kNetworkInput, {3, 3}, {1, 1}, Activation::kNone);
  const Network odd = std::move(b).Finish();
  EXPECT_EQ(OperatorConstantBytes(odd.operators[0]),
            Bytes(24 + 4 + 9) + kWeightedBytes + bookkeeping);
  EXPECT_EQ(NetworkConstantBytes(odd), OperatorConstantBytes(odd.operators[0]) + kAccessBytes +
                                           kPlacementBytes + kPlacementBytes + kProgramBytes);
}

// Its map may be computed as one long row.
TEST(ReportMemory, ScratchOfPointwiseDoesNotDependOnTheFormOfTheMap) {
  const auto scratch = [](Shape in) {
    NetworkBuilder b("map", in);
    b.Pointwise(kNetworkInput, 4, Activation::kNone);
    return NetworkScratchBytes(std::move(b).Finish());
  };
  EXPECT_EQ(scratch({4, 2, 64}), scratch({1, 8, 64}));
  EXPECT_EQ(scratch({7, 1, 64}), scratch({1, 7, 64}));
  EXPECT_LT(scratch({1, 1, 64}), scratch({2, 1, 64}));
}

TEST(ReportMemory, CodeGrowsWithTheKindsInUseOnly) {
  NetworkBuilder one("one", {8, 8, 3});
  one.Pointwise(kNetworkInput, 4, Activation::kNone);
  NetworkBuilder two("two", {8, 8, 3});
  two.Pointwise(two.Pointwise(kNetworkInput, 4, Activation::kNone), 4, Activation::kNone);
  NetworkBuilder more("more", {8, 8, 3});
  more.Depthwise(more.Pointwise(kNetworkInput, 4, Activation::kNone), {3, 3}, {1, 1},
                 Activation::kNone);
  const Bytes base = CodeBytesEstimate(std::move(one).Finish());
  EXPECT_GT(base, kBaseCodeBytes);
  EXPECT_EQ(CodeBytesEstimate(std::move(two).Finish()), base);
  EXPECT_GT(CodeBytesEstimate(std::move(more).Finish()), base);
}

TEST(ReportMemory, CodeOfDepthwiseGrowsWithItsWindows) {
  const auto code = [](std::initializer_list<int> kernels) {
    NetworkBuilder b("n", {16, 16, 4});
    for (const int kernel : kernels)
      b.Depthwise(b.last(), Extent(kernel), {1, 1}, Activation::kNone);
    return CodeBytesEstimate(std::move(b).Finish());
  };
  EXPECT_EQ(code({3, 3}), code({3}));
  EXPECT_GT(code({3, 5}), code({3}));
  EXPECT_GT(code({3, 5, 9}), code({3, 5})) << "9 has no fast form";
}

TEST(ReportMemory, LiveBytesCountOverlapOnce) {
  NetworkBuilder b("n", {16, 4, 4});
  b.Depthwise(kNetworkInput, {3, 3}, {1, 1}, Activation::kNone);
  b.Pointwise(b.last(), 1, Activation::kNone);
  const Network n = std::move(b).Finish();
  PlanOptions layerwise;
  layerwise.modes = PlanModes::LayerwiseOnly();
  const MemoryReport r = ReportMemory(n, PlanMemory(n, layerwise));
  EXPECT_EQ(r.operators[0].live.value, 256 + 2 * 16);
  EXPECT_THAT(r.peak_reason,
              AllOf(HasSubstr("operator 0 (depthwise) holds the input 16x4x4"),
                    HasSubstr("and tensor 0 16x4x4 (256 B)"), HasSubstr("of which 224 B overlap")));
}

TEST(ReportMemory, EveryOperatorFitsItsArena) {
  RandomStream random(6, "reports");
  for (int i = 0; i < 500; ++i) {
    const Network n = RandomNetwork(&random, {});
    const ExecutionPlan plan = PlanMemory(n);
    for (const OperatorMemory& op : ReportMemory(n, plan).operators) ASSERT_LE(op.live, plan.arena);
  }
}

TEST(CheckLimits, NamesWhatIsBroken) {
  const Network n = Small();
  const MemoryReport r = ReportMemory(n, PlanMemory(n));
  EXPECT_TRUE(CheckLimits(r, {}).empty());
  EXPECT_TRUE(CheckLimits(r, {r.total, r.flash_total, r.macs}).empty());
  const std::vector<LimitViolation> all =
      CheckLimits(r, {r.total - Bytes(1), r.flash_total - Bytes(1), r.macs - Macs(1)});
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].what, "sram");
  EXPECT_EQ(all[0].limit, r.total.value - 1);
  EXPECT_EQ(all[0].needed, r.total.value);
  EXPECT_EQ(all[1].what, "flash");
  EXPECT_EQ(all[2].what, "macs");
}

}  // namespace
}  // namespace mcunas
