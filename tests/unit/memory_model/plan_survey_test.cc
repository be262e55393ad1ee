// What stands beside a plan: the other input mode, the front, the boards.
#include "memory_model/report/plan_survey.h"

#include <gtest/gtest.h>

#include "tests/unit/memory_model/planned_network.h"

namespace mcunas {
namespace {

const std::vector<ParetoPoint> kFront = {{Bytes(100), 1.0}, {Bytes(80), 1.1}, {Bytes(50), 1.4}};

TEST(BestPoint, TakesTheFewestMacsThatFit) {
  EXPECT_EQ(BestPoint(kFront, Bytes(10), Bytes(110)).macs_factor, 1.0);
  EXPECT_EQ(BestPoint(kFront, Bytes(10), Bytes(109)).macs_factor, 1.1);
  EXPECT_EQ(BestPoint(kFront, Bytes(0), Bytes(50)).macs_factor, 1.4);
  EXPECT_EQ(BestPoint(kFront, Bytes(0), Bytes(49)).arena, Bytes(50));  // none fits: the smallest
}

BoardProfile Board(const std::string& name, int64_t sram) {
  BoardProfile board;
  board.name = name;
  board.flash_bytes = 1 << 20;
  board.sram = {{"sram", 0x20000000, sram}};
  return board;
}

TEST(SurveyPlan, ComparesInputsAndBoards) {
  const Network n = BottleneckNetwork();
  const PlanOptions options;
  const ExecutionPlan plan = PlanMemory(n, options);
  const MemoryReport report = ReportMemory(n, plan);
  const int64_t total = report.total.value;
  const PlanSurvey survey =
      SurveyPlan(n, plan, report, options, {Board("exact", total), Board("tiny", 1)});
  ASSERT_EQ(survey.inputs.size(), 2u);
  EXPECT_EQ(survey.inputs[0].mode, InputMode::kResident);
  EXPECT_EQ(survey.inputs[0].memory.total, report.total);
  EXPECT_EQ(survey.inputs[1].mode, InputMode::kStreamed);
  PlanOptions streamed;
  streamed.input_mode = InputMode::kStreamed;
  EXPECT_EQ(survey.inputs[1].memory.arena, PlanMemory(n, streamed).arena);
  ASSERT_FALSE(survey.pareto.empty());
  EXPECT_EQ(survey.pareto[0].arena, plan.arena);
  EXPECT_EQ(survey.pareto[0].macs_factor, 1.0);
  ASSERT_EQ(survey.boards.size(), 2u);
  EXPECT_TRUE(survey.boards[0].fits());
  EXPECT_EQ(survey.boards[0].sram.value, total);
  EXPECT_FALSE(survey.boards[1].fits());
  EXPECT_EQ(survey.boards[1].sram, survey.pareto.back().arena + (report.total - report.arena));
}

TEST(SurveyPlan, ShowsARereadableInputBesideTheOtherTwo) {
  const Network n = BottleneckNetwork();
  PlanOptions options;
  options.input_mode = InputMode::kRereadable;
  const ExecutionPlan plan = PlanMemory(n, options);
  const PlanSurvey survey = SurveyPlan(n, plan, ReportMemory(n, plan), options, {});
  ASSERT_EQ(survey.inputs.size(), 3u);
  EXPECT_EQ(survey.inputs[2].mode, InputMode::kRereadable);
}

}  // namespace
}  // namespace mcunas
