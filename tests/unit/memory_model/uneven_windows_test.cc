// Windows that differ in height and width, on every way from a network to what people read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <type_traits>

#include "memory_model/foreign/foreign_format.h"
#include "memory_model/judge/validate_plan.h"
#include "memory_model/memory_model.h"
#include "memory_model/planner/plan_memory.h"
#include "memory_model/report/plan_format.h"
#include "memory_model/report/plan_json.h"
#include "memory_model/report/plan_svg.h"
#include "network/hash_network.h"
#include "network/json_read.h"
#include "network/json_write.h"
#include "network/network_builder.h"
#include "network/print.h"
#include "network/verify.h"

namespace mcunas {
namespace {

using testing::HasSubstr;

// Nobody gets "the one number" of a window that has two.
static_assert(!std::is_convertible_v<Extent, int> && !std::is_constructible_v<int, Extent>);
static_assert(!std::is_convertible_v<Padding, int> && !std::is_constructible_v<int, Padding>);
static_assert(!std::is_convertible_v<int, Extent> && !std::is_convertible_v<int, Padding>);

Network UnevenWindows() {
  NetworkBuilder b("uneven", {24, 20, 3});
  int t = b.Conv(kNetworkInput, 8, {3, 5}, {1, 2}, Activation::kRelu6);
  t = b.Depthwise(t, {5, 3}, {2, 1}, Activation::kRelu);
  Operator dilated;
  dilated.kind = OpKind::kConv;
  dilated.inputs = {t};
  dilated.kernel = {3, 5};
  dilated.dilation = {2, 1};
  dilated.padding = {1, 2, 3, 2};
  dilated.out.channels = 8;
  t = b.Add(t, b.Append(std::move(dilated)));
  t = b.MaxPool(t, {3, 5}, {1, 1});
  t = b.AveragePool(t, {3, 5}, {3, 2});
  t = b.Slice(t, {}, {2, 2, 8}, {1, 2});
  t = b.TransposeConv(t, 4, {3, 5}, {1, 2}, Activation::kNone);
  b.FullyConnected(b.GlobalAveragePool(t), 5);
  return std::move(b).Finish();
}

TEST(UnevenWindows, ArePrintedHashedAndReadAgain) {
  const Network n = UnevenWindows();
  ASSERT_TRUE(VerifyNetwork(n).ok()) << VerifyNetwork(n).error().message;
  EXPECT_THAT(PrintNetwork(n), HasSubstr("24x10x8 k3x5 s1x2 p1,2,1,2 "));
  const Expected<Network> copy = NetworkFromJson(NetworkToJson(n), "copy");
  ASSERT_TRUE(copy.ok()) << copy.error().message;
  EXPECT_EQ(copy->operators, n.operators);
  Network turned = n;
  turned.op(0).kernel = {5, 3};
  EXPECT_NE(NetworkHash(turned), NetworkHash(n));
}

TEST(UnevenWindows, ArePlannedJudgedAndReported) {
  const Network n = UnevenWindows();
  for (const int64_t sram : {0, 4000, 100'000}) {
    const ExecutionPlan plan = PlanMemory(n, {.max_macs_factor = 2, .sram = Bytes(sram)});
    EXPECT_TRUE(ValidatePlan(n, plan).empty()) << sram;
    const MemoryReport report = ReportMemory(n, plan);
    EXPECT_THAT(FormatPlanTable(n, plan, report), HasSubstr(" 3x5/1x2 24x10x8"));
    const Expected<ExecutionPlan> copy = PlanFromJson(PlanToJson(n, plan, report), "copy");
    ASSERT_TRUE(copy.ok()) << copy.error().message;
    EXPECT_EQ(copy->arena, plan.arena);
    EXPECT_THAT(PlanToSvg(n, plan, report), HasSubstr("24x10x8"));
  }
  EXPECT_FALSE(PlanPareto(n).empty());
}

TEST(UnevenWindows, AreCountedByTheRulesOfOthers) {
  const Network n = UnevenWindows();
  for (const ForeignSystem system : {ForeignSystem::kTinyEngine, ForeignSystem::kTflm}) {
    EXPECT_FALSE(FormatForeignCount(n, system).empty());
    EXPECT_FALSE(ForeignCountToJson(n, system).empty());
  }
}

}  // namespace
}  // namespace mcunas
