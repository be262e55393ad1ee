// Counts become milliseconds once: what boards counted goes through finalists, study and report,
// and everywhere it reads as `measure` (LatencyMs) and `profile` (EstimateCycles) print it.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "common/text.h"
#include "fakes.h"
#include "nas/evaluate/cycle_estimate.h"
#include "nas/finalists/board_measurements.h"
#include "nas/finalists/final_ranking.h"
#include "nas/finalists/finalist_evaluator.h"
#include "nas/records/open_study.h"
#include "nas/report/report_html.h"
#include "nas/report/result_json.h"
#include "nas/report/result_table.h"
#include "nas/space/lower.h"

namespace mcunas {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

// Boards that count every operator, so that dense ones matter.
class CountingBoards : public LatencyEvaluator {
 public:
  explicit CountingBoards(size_t operators) : operators_(operators) {}

  Expected<std::vector<MeasurementOutcome>> Measure(std::span<const MeasurementRequest> batch,
                                                    const StopToken&) override {
    std::vector<MeasurementOutcome> outcomes;
    for (const MeasurementRequest& request : batch) {
      ++measured_;
      outcomes.push_back(Counted(request.board));
    }
    return outcomes;
  }

  Measurement Counted(const std::string& board) const {
    Measurement m;
    m.board = board;
    m.unit = "instructions";
    for (size_t i = 0; i < operators_; ++i)
      m.operator_ticks.push_back(1'000'000 + 70'000 * static_cast<int64_t>(i));
    int64_t all = 123'457;  // between operators
    for (const int64_t ticks : m.operator_ticks) all += ticks;
    m.ticks = {all + 40, all, all - 40};
    return m;
  }

  int measured_ = 0;

 private:
  size_t operators_;
};

BoardProfile Clocked(const std::string& name, Core core, int64_t hertz, double cycles,
                     double dense) {
  BoardProfile board = testing::Board(name, core);
  board.clock_hz = hertz;
  board.cycles_per_instruction = cycles;
  board.cycles_per_instruction_dense = dense;
  return board;
}

class Milliseconds : public testing::Workshop {
 protected:
  void SetUp() override {
    options_.target = Clocked("target", Core::kCortexM4, 180'000'000, 1.54, 1.78);
    options_.target.virtual_equivalent = "virtual";
    options_.boards = {Clocked("virtual", Core::kCortexM4, 100'000'000, 1.5, 1.6),
                       Clocked("other", Core::kCortexM7, 216'000'000, 0.91, 1.09)};
    ports_.boards = &counting_;
    auto study = OpenStudy(SqliteUrl(folder_ / "study.db"));
    ASSERT_TRUE(study) << study.error().message;
    records_ = std::move(*study);
    ports_.study = records_.get();
  }

  // What `measure` prints for these counts on the board that `clock` describes.
  double Expected(const BoardProfile& clock) const {
    return LatencyMs(network_, counting_.Counted(clock.name), clock);
  }
  void ExpectMilliseconds(const CandidateRecord& record) const {
    const auto said = [&](const char* board) {
      return record.boards.at(board).metrics.at(metric::kLatency);
    };
    EXPECT_EQ(said("virtual"), (Metric{Expected(options_.target), "ms", Source::kEmulated}));
    EXPECT_EQ(said("other"), (Metric{Expected(options_.boards[1]), "ms", Source::kEmulated}));
    EXPECT_EQ(MetricValue(record, metric::kLatency), Expected(options_.target));
  }
  std::vector<FinalNetwork> Rank() {
    const auto ranking = RankFinalNetworks(options_, ports_, candidates_, stop_);
    EXPECT_TRUE(ranking) << ranking.error().message;
    return ranking ? *ranking : std::vector<FinalNetwork>();
  }

  std::vector<CandidateRecord> candidates_ = testing::Candidates(1);
  Network network_ = Lower(testing::TinySpace(), {}, candidates_[0].architecture);
  CountingBoards counting_{network_.operators.size()};
  std::unique_ptr<Study> records_;
};

TEST_F(Milliseconds, MeasureAndProfilePrintTheSame) {
  for (const BoardProfile& board : options_.boards) {
    const Measurement counted = counting_.Counted(board.name);
    const CycleEstimate profile =
        EstimateCycles(network_, {counted.median_ticks(), counted.operator_ticks}, board);
    EXPECT_EQ(Expected(board), profile.milliseconds);
    EXPECT_GT(profile.milliseconds, EstimateMs(static_cast<double>(counted.median_ticks()), board))
        << "dense operators are there, or a formula of one constant would pass too";
  }
}

TEST_F(Milliseconds, BoardsOfTheTargetsCoreStandInForIt) {
  EXPECT_EQ(ClockOf(options_.boards[0], options_.target).name, "target");
  EXPECT_EQ(ClockOf(options_.boards[1], options_.target).name, "other");
}

TEST_F(Milliseconds, OfASearchRoundAreThoseReadFromItsStudy) {
  CandidateRecord* const finalists[] = {&candidates_[0]};
  ASSERT_TRUE(MakeFinalistEvaluator(options_, ports_)->Evaluate(finalists, 1, stop_));
  ExpectMilliseconds(candidates_[0]);
  ASSERT_TRUE(records_->SaveCandidates(candidates_));
  const auto read = (*OpenStudyReader(SqliteUrl(folder_ / "study.db")))->Candidates();
  ASSERT_TRUE(read) << read.error().message;
  ExpectMilliseconds(read->at(0));
}

// The raw counts in the study lead to the recorded number again.
TEST_F(Milliseconds, FollowFromTheCountsInTheStudy) {
  const std::vector<FinalNetwork> ranking = Rank();
  const auto stored = records_->Measurements();
  ASSERT_TRUE(stored) << stored.error().message;
  ASSERT_THAT(*stored, SizeIs(2));
  for (size_t i = 0; i < 2; ++i) {
    const BoardProfile& clock = ClockOf(options_.boards[i], options_.target);
    EXPECT_EQ(
        LatencyMs(network_, stored->at(i).measurement, clock),
        ranking[0].record.boards.at(options_.boards[i].name).metrics.at(metric::kLatency).value);
  }
}

TEST_F(Milliseconds, ReachTheReportOfAStudyReadAgain) {
  ExpectMilliseconds(Rank().at(0).record);
  const std::vector<FinalNetwork> ranking = Rank();
  EXPECT_EQ(counting_.measured_, 2) << "the second ranking comes from the study";
  ExpectMilliseconds(ranking.at(0).record);

  ReportInput input;
  input.board = "target";
  input.measured_on = {"virtual", "other"};
  input.score = options_.task.score;
  input.ranking = ranking;
  const auto json = nlohmann::json::parse(ResultJson(input).value());
  const auto& winner = json["winner"];
  EXPECT_EQ(winner["metrics"]["latency_ms"]["value"], Expected(options_.target));
  EXPECT_EQ(winner["boards"]["virtual"]["metrics"]["latency_ms"]["value"],
            Expected(options_.target));
  EXPECT_EQ(winner["boards"]["other"]["metrics"]["latency_ms"]["value"],
            Expected(options_.boards[1]));
  for (const std::string& text : {FormatResultTable(input, 0), ReportHtml(input).value()}) {
    EXPECT_THAT(text, HasSubstr(FixedPoint(Expected(options_.target), 2) + " ms"));
    EXPECT_THAT(text, HasSubstr(FixedPoint(Expected(options_.boards[1]), 2) + " ms"));
  }
}

}  // namespace
}  // namespace mcunas
