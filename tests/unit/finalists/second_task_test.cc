// A task that no room has ever heard of goes through search, study, finalists and report: what a
// task is stands in its value alone.
#include <gmock/gmock.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "fakes.h"
#include "nas/evaluate/board_memory.h"
#include "nas/finalists/final_ranking.h"
#include "nas/finalists/finalist_evaluator.h"
#include "nas/records/history.h"
#include "nas/records/open_study.h"
#include "nas/report/pareto_csv.h"
#include "nas/report/report_html.h"
#include "nas/report/report_input.h"
#include "nas/report/result_json.h"
#include "nas/report/result_table.h"
#include "nas/search/search_loop.h"
#include "nas/space/architecture.h"

namespace mcunas {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// How far the first output is from the label, in millimetres: the lower the better.
Task Ranging() {
  Task task = ImageClassification({});
  task.name = "ranging";
  task.score = {"error", "mm", 40, 0};
  task.judge = {};
  task.decode = [](std::span<const float> outputs, std::span<const int> labels) {
    const size_t per_input = outputs.size() / labels.size();
    double sum = 0;
    for (size_t i = 0; i < labels.size(); ++i)
      sum += std::abs(static_cast<double>(outputs[i * per_input]) - labels[i]);
    return sum / static_cast<double>(labels.size());
  };
  return task;
}

class FakeErrors : public ScoreEvaluator {
 public:
  Expected<std::vector<ScoreResult>> Evaluate(std::span<const Architecture> batch) override {
    std::vector<ScoreResult> results;
    for (const Architecture& a : batch)
      results.push_back({static_cast<double>(HashBytes(ArchitectureToJson(a)).low % 40), 60});
    return results;
  }
};

class SecondTask : public testing::Workshop {
 protected:
  void SetUp() override {
    options_.task = Ranging();
    auto study = OpenStudy("sqlite:///" + (folder_ / "study.db").string());
    ASSERT_TRUE(study) << study.error().message;
    records_ = std::move(*study);
    ports_.study = records_.get();
    setup_.space = options_.space;
    setup_.task = options_.task;
    setup_.search.algorithm = "aging";
    setup_.search.population = 4;
    setup_.search.budget.evaluations = 8;
    setup_.search.finalists_per_round = 1;
    setup_.search.objectives = {{"error", Direction::kMin}, {metric::kSram, Direction::kMin}};
    setup_.top_k = 3;
  }

  Expected<SearchResult> Search() {
    const BoardMemoryEvaluator memory(options_.space, options_.task.shape, {});
    const auto finalists = MakeFinalistEvaluator(options_, ports_);
    return RunSearch(setup_, {&errors_, &memory, nullptr, finalists.get(), records_.get()}, stop_);
  }

  SearchSetup setup_;
  FakeErrors errors_;
  std::unique_ptr<Study> records_;
};

double ErrorOf(const CandidateRecord& record, const std::string& name) {
  return MetricValue(record, name).value_or(std::nan(""));
}

TEST_F(SecondTask, IsSearchedByItsScore) {
  const auto found = Search();
  ASSERT_TRUE(found) << found.error().message;
  double least = 40;
  for (const CandidateRecord& record : found->history)
    least = std::min(least, ErrorOf(record, "error"));
  EXPECT_EQ(found->rounds.back().best_score, least);
  EXPECT_EQ(ErrorOf(found->history[found->front.front()], "error"), least) << "best score first";
  EXPECT_GT(found->rounds.back().hypervolume, 0);
  EXPECT_LE(found->rounds.back().hypervolume, 1);
  EXPECT_THAT(*DumpHistory(*records_), HasSubstr(" error = "));
}

TEST_F(SecondTask, IsRankedAndReportedByItsScore) {
  const auto found = Search();
  ASSERT_TRUE(found) << found.error().message;
  std::vector<CandidateRecord> best;
  for (const size_t index : found->best) best.push_back(found->history[index]);
  const auto ranking = RankFinalNetworks(options_, ports_, best, stop_);
  ASSERT_TRUE(ranking) << ranking.error().message;
  for (size_t i = 1; i < ranking->size(); ++i) {
    EXPECT_LE(ErrorOf((*ranking)[i - 1].record, "int8_error"),
              ErrorOf((*ranking)[i].record, "int8_error"));
  }

  ReportInput input;
  input.score = options_.task.score;
  input.objectives = setup_.search.objectives;
  input.candidates = found->history;
  input.front = found->front;
  input.rounds = found->rounds;
  input.ranking = *ranking;
  const std::string table = FormatResultTable(input, 0);
  EXPECT_THAT(table,
              ::testing::ContainsRegex("network +error +float +int8 +float test +int8 test"));
  EXPECT_THAT(table, HasSubstr(" mm "));
  const auto json = nlohmann::json::parse(ResultJson(input).value());
  EXPECT_EQ(json["winner"]["metrics"]["test_error"]["unit"], "mm");
  EXPECT_EQ(json["rounds"].back()["best_error"]["value"], found->rounds.back().best_score);
  EXPECT_THAT(ParetoCsv(input).value(), HasSubstr(",error,error_unit,"));
  const std::string page = ReportHtml(input).value();
  EXPECT_THAT(page, HasSubstr("Error against SRAM"));
  EXPECT_THAT(page, HasSubstr("error in mm"));
  EXPECT_THAT(table + json.dump() + page, Not(HasSubstr("accuracy")));
  EXPECT_THAT(page, Not(HasSubstr("Accuracy")));
}

TEST_F(SecondTask, TheScoreOfAnotherTaskIsNoObjective) {
  setup_.search.objectives = {{"accuracy", Direction::kMax}};
  const auto found = Search();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kUsage);
  EXPECT_THAT(found.error().message, HasSubstr("the score of ranging is error"));
}

}  // namespace
}  // namespace mcunas
