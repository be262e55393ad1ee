// Reports, limits, tables and plan JSON.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "memory_model/flash_model.h"
#include "memory_model/memory_model.h"
#include "memory_model/plan_format.h"
#include "memory_model/validate_plan.h"
#include "tests/unit/memory_model/random_network.h"

namespace mcunas {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

Network Small() {
  NetworkBuilder b("small", {8, 8, 3});
  const int stem = b.Conv(kNetworkInput, 8, 3, 2, Activation::kRelu6);
  const int expand = b.Pointwise(stem, 24, Activation::kRelu6);
  const int depthwise = b.Depthwise(expand, 3, 1, Activation::kRelu6);
  const int project = b.Pointwise(depthwise, 8, Activation::kNone);
  b.FullyConnected(b.GlobalAveragePool(b.Add(project, stem)), 10);
  return std::move(b).Finish();
}

BoardProfile Board(int64_t sram, int64_t flash) {
  BoardProfile board;
  board.name = "toy";
  board.flash_bytes = flash;
  board.sram = {{"sram", 0x20000000, sram}};
  return board;
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
  EXPECT_EQ(constants + kPlacementBytes + kProgramBytes, r.constants);
  EXPECT_EQ(macs, r.macs);
  EXPECT_LE(peak, r.arena);
  EXPECT_EQ(scratch, r.scratch);
  EXPECT_EQ(r.flash_total, r.weights + r.constants + r.code);
}

TEST(ReportMemory, CountsConstantsPerTable) {
  const Network n = Small();
  const Bytes bookkeeping = kStepBytes + kPlacementBytes + kGroupBytes;
  // 10 channels: 40 + 40 + 12 bytes of tables; 80 weights need no padding.
  EXPECT_EQ(OperatorConstantBytes(n.operators[6]), Bytes(92) + kWeightedBytes + bookkeeping);
  EXPECT_EQ(OperatorConstantBytes(n.operators[4]), kAdditionBytes + bookkeeping);
  EXPECT_EQ(OperatorConstantBytes(n.operators[5]), kPoolingBytes + bookkeeping);
  // 3 channels of 3 x 3: 27 weights are followed by one byte of padding.
  NetworkBuilder b("odd", {5, 5, 3});
  b.Depthwise(kNetworkInput, 3, 1, Activation::kNone);
  const Network odd = std::move(b).Finish();
  EXPECT_EQ(OperatorConstantBytes(odd.operators[0]),
            Bytes(24 + 4 + 1) + kWeightedBytes + bookkeeping);
  EXPECT_EQ(NetworkConstantBytes(odd),
            OperatorConstantBytes(odd.operators[0]) + kPlacementBytes + kProgramBytes);
}

TEST(ReportMemory, CodeGrowsWithTheKindsInUseOnly) {
  NetworkBuilder one("one", {8, 8, 3});
  one.Pointwise(kNetworkInput, 4, Activation::kNone);
  NetworkBuilder two("two", {8, 8, 3});
  two.Pointwise(two.Pointwise(kNetworkInput, 4, Activation::kNone), 4, Activation::kNone);
  NetworkBuilder more("more", {8, 8, 3});
  more.Depthwise(more.Pointwise(kNetworkInput, 4, Activation::kNone), 3, 1, Activation::kNone);
  const Bytes base = CodeBytesEstimate(std::move(one).Finish());
  EXPECT_GT(base, kBaseCodeBytes);
  EXPECT_EQ(CodeBytesEstimate(std::move(two).Finish()), base);
  EXPECT_GT(CodeBytesEstimate(std::move(more).Finish()), base);
}

TEST(ReportMemory, LiveBytesCountOverlapOnce) {
  NetworkBuilder b("n", {16, 4, 4});
  b.Depthwise(kNetworkInput, 3, 1, Activation::kNone);
  b.Pointwise(b.last(), 1, Activation::kNone);
  const Network n = std::move(b).Finish();
  const MemoryReport r = ReportMemory(n, PlanMemory(n));
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

TEST(FormatPlanTable, ShowsOperatorsPeakAndVerdict) {
  const Network n = Small();
  const ExecutionPlan plan = PlanMemory(n);
  const MemoryReport r = ReportMemory(n, plan);
  const BoardProfile board = Board(64 * 1024, 8 * 1024);
  const std::string text = FormatPlanTable(n, plan, r, &board);
  EXPECT_THAT(text, AllOf(HasSubstr("Network small ("), HasSubstr("depthwise"),
                          HasSubstr("<- peak"), HasSubstr("Peak: " + r.peak_reason),
                          HasSubstr("SRAM (sram) fits"), HasSubstr("flash does not fit")));
  EXPECT_EQ(text, FormatPlanTable(n, plan, r, &board));
  EXPECT_THAT(FormatPlanTable(n, plan, r, nullptr), Not(HasSubstr("Board")));
}

TEST(PlanJson, HasTheAgreedFields) {
  const Network n = Small();
  const ExecutionPlan plan = PlanMemory(n);
  const MemoryReport r = ReportMemory(n, plan);
  const BoardProfile board = Board(64 * 1024, 1024);
  const std::string text = PlanToJson(n, plan, r, &board);
  for (const char* field :
       {"\"network\": \"small\"", "\"hash\": \"", "\"macs\": ", "\"board\": \"toy\"",
        "\"macs_factor\": 1.0", "\"groups\": [", "\"arena_bytes\": ", "\"scratch_bytes\": ",
        "\"input_bytes\": 192", "\"output_bytes\": 10", "\"static_bytes\": ", "\"total_bytes\": ",
        "\"weight_bytes\": ", "\"constant_bytes\": ", "\"code_bytes\": ", "\"operators\": [",
        "\"pareto\": [", "\"flash\": false", "\"sram\": true"})
    EXPECT_THAT(text, HasSubstr(field));
  EXPECT_THAT(PlanToJson(n, plan, r, nullptr), HasSubstr("\"board\": null"));
}

TEST(PlanJson, RoundTrips) {
  RandomStream random(7, "plans");
  for (int i = 0; i < 100; ++i) {
    const Network n = RandomNetwork(&random, {});
    ExecutionPlan plan = PlanMemory(n);
    if (i % 2) {
      plan.input_mode = InputMode::kStreamed;
      plan.groups[0].mode = GroupMode::kRowStream;
      plan.groups[0].n_strips = 3;
      plan.tensors[0].region = 1;
      plan.macs_factor = 1.25;
    }
    const MemoryReport r = ReportMemory(n, plan);
    const std::string text = PlanToJson(n, plan, r, nullptr);
    const Expected<ExecutionPlan> copy = PlanFromJson(text, "plan.json");
    ASSERT_TRUE(copy.ok()) << copy.error().message;
    EXPECT_EQ(PlanToJson(n, *copy, r, nullptr), text);
    EXPECT_EQ(copy->arena, plan.arena);
    EXPECT_EQ(copy->scratch, plan.scratch);
    EXPECT_EQ(copy->tensors.back().offset, plan.tensors.back().offset);
    EXPECT_EQ(ValidatePlan(n, *copy).size(), ValidatePlan(n, plan).size());
  }
}

TEST(PlanJson, RefusesBrokenFiles) {
  const Network n = Small();
  const ExecutionPlan plan = PlanMemory(n);
  const std::string good = PlanToJson(n, plan, ReportMemory(n, plan), nullptr);
  const auto error = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    const Expected<ExecutionPlan> result = PlanFromJson(text, "plan.json");
    return result.ok() ? "" : result.error().message;
  };
  EXPECT_THAT(error("\"plan\"", "\"plun\""), HasSubstr("plan.json: misses \"plan\""));
  EXPECT_THAT(error("\"layerwise\"", "\"sideways\""), HasSubstr("unknown group mode"));
  EXPECT_THAT(error("\"resident\"", "7"), HasSubstr("unknown input mode 7"));
  EXPECT_THAT(error("\"tensor\": 0", "\"tensor\": 5"), HasSubstr("not in order"));
  EXPECT_THAT(error("\"first\": 0", "\"first\": 0.5"), HasSubstr("\"first\" must be an integer"));
  EXPECT_THAT(error("\"first\": 0", "\"first\": 99999999999"), HasSubstr("32 bits"));
  EXPECT_THAT(error("\"macs_factor\": 1.0", "\"macs_factor\": []"), HasSubstr("a number"));
  EXPECT_THAT(error("{", "["), HasSubstr("parse error"));
  EXPECT_FALSE(PlanFromJson("", "plan.json").ok());
}

}  // namespace
}  // namespace mcunas
