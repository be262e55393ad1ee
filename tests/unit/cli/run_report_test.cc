#include "cli/run/run_report.h"

#include <nlohmann/json.hpp>

#include "cli/run/run_folder.h"
#include "tests/unit/cli/users_folder.h"
#include "tests/unit/report/sample_report.h"

namespace mcunas {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class RunReportTest : public UsersFolder {
 protected:
  void SetUp() override {
    run_.config.name = "small";
    run_.config.bench.boards = {"qemu-m4"};
    run_.folder = "run";
    ASSERT_TRUE(StartRun(run_.config, "run"));
    SampleReport sample = MakeSampleReport(60);
    networks_ = sample.ranking;
    search_.history = sample.candidates;
    search_.front = sample.front;
    search_.rounds = sample.rounds;
  }

  static TargetLimits Limits() { return {BoardLimits(*LoadBoardProfile("nucleo-f446re"))}; }

  // Writes the report and says what was printed.
  std::string Report() {
    testing::internal::CaptureStdout();
    const auto written =
        WriteRunReport({run_, Limits(), Score{}, search_, networks_, baselines_, {}});
    const std::string printed = testing::internal::GetCapturedStdout();
    EXPECT_TRUE(written) << written.error().message;
    return printed;
  }

  SearchRun run_;
  SearchResult search_;
  std::vector<FinalNetwork> networks_;
  std::vector<BaselineNetwork> baselines_;
};

TEST_F(RunReportTest, WritesEveryFileAndPrintsTheTable) {
  const std::string printed = Report();
  for (const char* file : {"pareto.csv", "result.json", "report.html", "result.txt"})
    EXPECT_TRUE(fs::file_size(fs::path("run") / file) > 0) << file;
  EXPECT_THAT(printed, AllOf(HasSubstr("rank"), HasSubstr("report: run/report.html"),
                             HasSubstr(networks_[0].record.hash.Short())));
  EXPECT_EQ(Run({"report", "run"}).out, *ReadFile("run/result.txt"));
}

TEST_F(RunReportTest, NextCommandBuildsTheWinner) {
  EXPECT_THAT(Report(),
              HasSubstr("cmake -S run/candidates/" + networks_[0].record.hash.Short() + "/c -B"));
  networks_.clear();
  EXPECT_THAT(Report(), AllOf(Not(HasSubstr("cmake -S")), HasSubstr("xdg-open run/report.html")));
}

TEST_F(RunReportTest, ResultHoldsWhatMadeIt) {
  Report();
  const auto result = nlohmann::json::parse(*ReadFile("run/result.json"));
  const std::string all = result.dump();
  EXPECT_THAT(all, AllOf(HasSubstr("small"), HasSubstr(networks_[0].record.hash.Hex())));
  EXPECT_THAT(*ReadFile("run/report.html"), HasSubstr("qemu-m4"));
}

TEST_F(RunReportTest, BoardsStandThereOnlyWhereTheyMeasured) {
  run_.config.evaluate.latency = LatencySource::kModel;
  run_.config.bench.boards = {"nobody-asked"};
  run_.config.bench.agents = {"http://127.0.0.1:1"};
  Report();
  const auto result = nlohmann::json::parse(*ReadFile("run/result.json"));
  EXPECT_TRUE(result["measured_on"].empty());
}

TEST_F(RunReportTest, EnvironmentBelongsToIt) {
  fs::remove("run/environment.json");
  const auto written =
      WriteRunReport({run_, Limits(), Score{}, search_, networks_, baselines_, {}});
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, HasSubstr("environment.json"));
}

}  // namespace
}  // namespace mcunas
