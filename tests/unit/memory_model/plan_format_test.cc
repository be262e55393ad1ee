// Plans as tables and as JSON.
#include "memory_model/report/plan_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "memory_model/foreign/foreign_count.h"
#include "memory_model/foreign/foreign_format.h"
#include "memory_model/planner/plan_memory.h"
#include "memory_model/report/plan_json.h"
#include "network/hash_network.h"
#include "network/operator_counts.h"
#include "tests/unit/memory_model/planned_network.h"
#include "tests/unit/memory_model/random_network.h"

namespace mcunas {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

BoardProfile Board(int64_t sram, int64_t flash) {
  BoardProfile board;
  board.name = "toy";
  board.flash_bytes = flash;
  board.sram = {{"sram", 0x20000000, sram}};
  return board;
}

void ExpectEqual(const ExecutionPlan& a, const ExecutionPlan& b) {
  EXPECT_EQ(a.groups, b.groups);
  EXPECT_EQ(a.tensors, b.tensors);
  EXPECT_EQ(a.moves, b.moves);
  EXPECT_EQ(a.states, b.states);
  EXPECT_EQ(a.input_mode, b.input_mode);
  EXPECT_EQ(a.arena, b.arena);
  EXPECT_EQ(a.more_regions, b.more_regions);
  EXPECT_EQ(a.scratch, b.scratch);
  EXPECT_EQ(a.live_bound, b.live_bound);
  EXPECT_EQ(a.macs_factor, b.macs_factor);
  EXPECT_EQ(a.peak_operator, b.peak_operator);
}

TEST(FormatPlanTable, ShowsGroupsPeakAndTotals) {
  const Network n = BottleneckNetwork();
  const ExecutionPlan plan = PlanWithEverything();
  const MemoryReport r = ReportMemory(n, plan);
  const std::string text = FormatPlanTable(n, plan, r);
  EXPECT_THAT(text, AllOf(HasSubstr("Network small (" + NetworkHash(n).Short() + ")"),
                          HasSubstr("group 0: operator 0, row stream in 3 strips, segments of 4"),
                          HasSubstr("group 1: operators 1 to 3, expand and project 8 channels"),
                          HasSubstr("group 4: operator 6, 2 x 2 patches"),
                          HasSubstr("move tensor 0 to 0\n"), HasSubstr("<- peak"),
                          HasSubstr("Peak: " + r.peak_reason + ".\n")));
  EXPECT_THAT(text, AllOf(HasSubstr("2.40 % above the lower bound"), HasSubstr("*rereadable"),
                          HasSubstr("1.250"), HasSubstr("8 channels"), HasSubstr("3 rows"),
                          HasSubstr("whole")));
  EXPECT_THAT(text, Not(HasSubstr("Board")));
  EXPECT_EQ(text, FormatPlanTable(n, plan, r));
}

TEST(FormatPlanTable, GathersLayerwiseOperatorsUnderOneHeading) {
  const Network n = BottleneckNetwork();
  PlanOptions options;
  options.modes = PlanModes::LayerwiseOnly();
  const ExecutionPlan plan = PlanMemory(n, options);
  const std::string text = FormatPlanTable(n, plan, ReportMemory(n, plan));
  EXPECT_THAT(text, HasSubstr("layer-wise, one by one"));
  EXPECT_THAT(text, HasSubstr("no layout of these groups needs less"));
}

TEST(FormatPlanTable, ShowsWhatASurveyAdds) {
  const Network n = BottleneckNetwork();
  const ExecutionPlan plan = PlanMemory(n);
  const MemoryReport r = ReportMemory(n, plan);
  const BoardProfile board = Board(64 * 1024, 8 * 1024);
  PlanSurvey survey;
  survey.board = &board;
  survey.inputs = {{InputMode::kResident, 1.0, r}, {InputMode::kStreamed, 1.0, r}};
  for (int i = 0; i < 30; ++i) survey.pareto.push_back({Bytes(9000 - i), 1.0 + 0.01 * i});
  survey.boards = {{"fine", 1.0, Bytes(10), Bytes(10), Bytes(5), Bytes(5)},
                   {"slow", 1.125, Bytes(10), Bytes(10), Bytes(5), Bytes(5)},
                   {"small", 1.5, Bytes(2010), Bytes(10), Bytes(9), Bytes(5)}};
  const std::string text = FormatPlanTable(n, plan, r, survey);
  EXPECT_THAT(text,
              AllOf(HasSubstr("*resident     streamed\n"), HasSubstr("x 1.000       9 000"),
                    HasSubstr("x 1.290       8 971"), HasSubstr("(12 of 30 points"),
                    HasSubstr("fine             fits: 10 of 10 B"),
                    HasSubstr("slow             fits with x 1.125 MACs"),
                    HasSubstr("small            needs 2 000 B more SRAM and 4 B more flash")));
  EXPECT_THAT(text,
              AllOf(HasSubstr("Board toy: SRAM (sram) fits"), HasSubstr("flash does not fit")));
}

TEST(FormatPlanTable, ShowsWhatTheNetworkHadBeforeFolding) {
  const Network n = BottleneckNetwork();
  const ExecutionPlan plan = PlanWithEverything();
  const MemoryReport r = ReportMemory(n, plan);
  EXPECT_THAT(FormatPlanTable(n, plan, r), Not(HasSubstr("folding")));
  EXPECT_FALSE(json::parse(PlanToJson(n, plan, r)).contains("macs_unfolded"));
  PlanSurvey survey;
  survey.macs_unfolded = Macs(1234567);
  EXPECT_THAT(FormatPlanTable(n, plan, r, survey),
              HasSubstr(" MACs of 1 234 567 before folding, 7 operators\n"));
  EXPECT_EQ(json::parse(PlanToJson(n, plan, r, survey))["macs_unfolded"], 1234567);
}

TEST(FormatPlanTable, ShowsWindowsThatAreNotSquare) {
  NetworkBuilder b("speech", {49, 10, 1});
  b.Conv(kNetworkInput, 8, {3, 3}, {2, 2}, Activation::kRelu);
  Network n = std::move(b).Finish();
  n.operators[0].kernel = {10, 4};
  n.operators[0].padding = CentredPadding(n.operators[0].kernel);
  n.operators[0].out = {24, 4, 8};
  const ExecutionPlan plan = PlanMemory(n);
  EXPECT_THAT(FormatPlanTable(n, plan, ReportMemory(n, plan)), HasSubstr(" 10x4/2 24x4x8"));
}

TEST(PlanJson, HasTheAgreedFields) {
  const Network n = BottleneckNetwork();
  const ExecutionPlan plan = PlanMemory(n);
  const MemoryReport r = ReportMemory(n, plan);
  const BoardProfile board = Board(64 * 1024, 1024);
  PlanSurvey survey;
  survey.board = &board;
  const json root = json::parse(PlanToJson(n, plan, r, survey));
  EXPECT_EQ(root["network"], "small");
  EXPECT_EQ(root["hash"], NetworkHash(n).Hex());
  EXPECT_EQ(root["macs"], NetworkMacs(n).value);
  EXPECT_EQ(root["board"], "toy");
  EXPECT_EQ(root["plan"]["macs_factor"], plan.macs_factor);
  EXPECT_EQ(root["plan"]["groups"].size(), plan.groups.size());
  EXPECT_EQ(root["memory"]["arena_bytes"], plan.arena.value);
  EXPECT_EQ(root["memory"]["scratch_bytes"], plan.scratch.value);
  EXPECT_EQ(root["memory"]["input_bytes"], r.input.value);
  EXPECT_EQ(root["memory"]["output_bytes"], 10);
  EXPECT_EQ(root["memory"]["static_bytes"], r.static_data.value);
  EXPECT_EQ(root["memory"]["total_bytes"], r.total.value);
  EXPECT_EQ(root["flash"]["weight_bytes"], r.weights.value);
  EXPECT_EQ(root["flash"]["constant_bytes"], r.constants.value);
  EXPECT_EQ(root["flash"]["code_bytes"], r.code.value);
  EXPECT_EQ(root["pareto"].size(), 1u);
  EXPECT_EQ(root["pareto"][0]["arena_bytes"], plan.arena.value);
  EXPECT_EQ(root["pareto"][0]["macs_factor"], plan.macs_factor);
  EXPECT_EQ(root["operators"].size(), n.operators.size());
  EXPECT_EQ(root["fits"]["sram"], true);
  EXPECT_EQ(root["fits"]["flash"], false);
  EXPECT_TRUE(json::parse(PlanToJson(n, plan, r))["board"].is_null());
}

TEST(PlanJson, ReadsBackEverythingItWrote) {
  const Network n = BottleneckNetwork();
  const ExecutionPlan plan = PlanWithEverything();
  const std::string text = PlanToJson(n, plan, ReportMemory(n, plan));
  const Expected<ExecutionPlan> copy = PlanFromJson(text, "plan.json");
  ASSERT_TRUE(copy.ok()) << copy.error().message;
  ExpectEqual(*copy, plan);
  EXPECT_EQ(PlanToJson(n, *copy, ReportMemory(n, *copy)), text);
}

TEST(PlanJson, ReadsBackPlansOfRandomNetworks) {
  RandomStream random(7, "plans");
  for (int i = 0; i < 60; ++i) {
    const Network n = RandomNetwork(&random, {});
    PlanOptions options;
    options.input_mode = static_cast<InputMode>(i % 3);
    options.max_macs_factor = i % 2 ? 1.0 : 1.5;
    const ExecutionPlan plan = PlanMemory(n, options);
    const Expected<ExecutionPlan> copy =
        PlanFromJson(PlanToJson(n, plan, ReportMemory(n, plan)), "plan.json");
    ASSERT_TRUE(copy.ok()) << copy.error().message;
    ExpectEqual(*copy, plan);
  }
}

TEST(PlanJson, RefusesBrokenFiles) {
  const Network n = BottleneckNetwork();
  const ExecutionPlan plan = PlanWithEverything();
  const std::string good = PlanToJson(n, plan, ReportMemory(n, plan));
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
  EXPECT_THAT(error("\"rereadable\"", "7"), HasSubstr("unknown input mode 7"));
  EXPECT_THAT(error("\"tensor\": 0", "\"tensor\": 5"), HasSubstr("not in order"));
  EXPECT_THAT(error("\"first\": 0", "\"first\": 0.5"), HasSubstr("\"first\" must be an integer"));
  EXPECT_THAT(error("\"first\": 0", "\"first\": 99999999999"), HasSubstr("32 bits"));
  EXPECT_THAT(error("\"macs_factor\": 1.25", "\"macs_factor\": []"), HasSubstr("a number"));
  EXPECT_THAT(error("\"moves\": [", "\"muves\": ["), HasSubstr("misses \"moves\""));
  EXPECT_THAT(error("\"states\": [", "\"states\": 3, \"x\": ["), HasSubstr("must be a list"));
  EXPECT_THAT(error("\"ring_pixels\"", "\"ring_rows\""), HasSubstr("misses \"ring_pixels\""));
  EXPECT_THAT(error("\"more_regions_bytes\": [", "\"more_regions_bytes\": [1.5, "),
              HasSubstr("must be integers"));
  EXPECT_THAT(error("{", "["), HasSubstr("parse error"));
  EXPECT_FALSE(PlanFromJson("", "plan.json").ok());
}

TEST(ForeignFormat, TextAndJsonCarryTheCount) {
  const Network n = BottleneckNetwork();
  const ForeignCount count = CountTinyEngine(n);
  const json root = json::parse(ForeignCountToJson(n, ForeignSystem::kTinyEngine));
  EXPECT_EQ(root["count"], "tinyengine");
  EXPECT_EQ(root["memory"]["total_bytes"], count.total.value);
  EXPECT_EQ(root["memory"]["im2col_bytes"], count.im2col.value);
  EXPECT_EQ(root["flash"]["weight_bytes"], count.weights.value);
  EXPECT_EQ(root["buffers"].size(), count.buffers.size());
  EXPECT_THAT(FormatForeignCount(n, ForeignSystem::kTinyEngine),
              AllOf(HasSubstr("im2col"), HasSubstr("Most bytes alive at once")));
  const json tflm = json::parse(ForeignCountToJson(n, ForeignSystem::kTflm));
  EXPECT_EQ(tflm["paddings"].size(), 3u);
  EXPECT_EQ(tflm["paddings"][1]["arena_bytes"], CountTflm(n, TflmPadding::kInside).arena.value);
  EXPECT_THAT(FormatForeignCount(n, ForeignSystem::kTflm), HasSubstr("PAD before every"));
}

}  // namespace
}  // namespace mcunas
