// What the first line of a result says of the winner.
#include "nas/report/verdict.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "nas/report/report_html.h"
#include "nas/report/result_json.h"
#include "nas/report/result_table.h"
#include "sample_report.h"

namespace mcunas {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class VerdictTest : public ::testing::Test {
 protected:
  // `images`: 0 leaves the count out.
  static void Tested(double share, int images, CandidateRecord* record) {
    record->metrics["test_accuracy"] = {share, "ratio", Source::kMeasured};
    record->metrics["float_test_accuracy"] = {share + 0.01, "ratio", Source::kMeasured};
    if (images > 0)
      record->metrics["test_accuracy_images"] = {double(images), "images", Source::kMeasured};
  }
  ReportInput Against(double winner, std::vector<double> baselines, int images = 1000) {
    Tested(winner, images, &sample_.ranking[0].record);
    constexpr BaselineKind kKinds[] = {BaselineKind::kLargest, BaselineKind::kUniform,
                                       BaselineKind::kRandom};
    baselines_.clear();
    for (const double share : baselines) {
      BaselineNetwork& baseline = baselines_.emplace_back();
      baseline.kind = kKinds[baselines_.size() - 1];
      baseline.network.recipe = {WeightsRecipe::Start::kRandom, 12};
      baseline.network.record.hash = HashBytes(std::to_string(baselines_.size()));
      Tested(share, images, &baseline.network.record);
    }
    ReportInput input = sample_.input();
    input.baselines = baselines_;
    input.work = {3e12, 1e11, 2e12};
    return input;
  }

  SampleReport sample_ = MakeSampleReport(60);
  std::vector<BaselineNetwork> baselines_;
};

TEST_F(VerdictTest, AWinnerThatLosesSaysSoFirst) {
  const ReportInput input = Against(0.556, {0.721, 0.60});
  EXPECT_THAT(Verdict(input),
              AllOf(StartsWith("The winner LOSES to a baseline"), HasSubstr("55.60 %"),
                    HasSubstr("72.10 % (largest network within the limits, alone "
                              "for 12 epochs).")));
  EXPECT_THAT(FormatResultTable(input, 0), StartsWith(Verdict(input)));
  EXPECT_THAT(*ReportHtml(input), HasSubstr("LOSES to a baseline"));
}

TEST_F(VerdictTest, NamesTheStrongestBaselineAndWhatChanceMayExplain) {
  const std::string close = Verdict(Against(0.73, {0.70, 0.72}));
  EXPECT_THAT(close, AllOf(StartsWith("The winner beats every baseline"), HasSubstr("72.00 %"),
                           HasSubstr("within the 95 % intervals")));
  EXPECT_THAT(Verdict(Against(0.90, {0.70, 0.72})), Not(HasSubstr("within the 95")));
  EXPECT_THAT(Verdict(Against(0.72, {0.70, 0.72})), HasSubstr("no better than a baseline"));
  EXPECT_THAT(Verdict(Against(0.90, {0.70}, 0)), HasSubstr("within the 95"))
      << "without counts nothing is certain";
}

TEST_F(VerdictTest, LessIsBetterWhereTheTaskSaysSo) {
  ReportInput input = Against(12, {15});  // no share: no interval
  input.score = {"accuracy", "mm", 40, 0};
  EXPECT_THAT(Verdict(input), StartsWith("The winner beats every baseline"));
  EXPECT_DOUBLE_EQ(CompareWithBaselines(input)[0].advantage, 3);
}

TEST_F(VerdictTest, SaysWhyNothingCanBeSaid) {
  EXPECT_THAT(Verdict(Against(0.9, {})), HasSubstr("No baseline was evaluated"));
  ReportInput empty = Against(0.9, {0.8});
  empty.ranking = {};
  EXPECT_THAT(Verdict(empty), HasSubstr("No network reached"));
  sample_.ranking[0].record.metrics.erase("test_accuracy");
  EXPECT_THAT(Verdict(sample_.input()), HasSubstr("No baseline"));
}

TEST_F(VerdictTest, ScoresCarryTheirInterval) {
  const ReportInput input = Against(0.721, {0.5});
  EXPECT_EQ(FormatScore(input.ranking[0].record, "test_accuracy"), "72.10 % (69.2 to 74.8)");
  EXPECT_EQ(FormatScore(input.ranking[0].record, "float_test_accuracy"), "73.10 %");
  EXPECT_EQ(FormatScore(input.ranking[0].record, "nothing"), "-");
}

TEST_F(VerdictTest, TheTableAndTheJsonShowEveryBaseline) {
  const ReportInput input = Against(0.9, {0.7, 0.75, 0.8});
  EXPECT_THAT(FormatBaselines(input), AllOf(HasSubstr("largest "), HasSubstr("uniform "),
                                            HasSubstr("random "), HasSubstr("80.00 % (")));
  const auto json = nlohmann::json::parse(*ResultJson(input));
  ASSERT_EQ(json["baselines"].size(), 3u);
  EXPECT_EQ(json["baselines"][1]["baseline"], "uniform");
  EXPECT_EQ(json["baselines"][1]["epochs"]["value"], 12);
  EXPECT_EQ(json["baselines"][1]["metrics"]["test_accuracy"]["value"], 0.75);
  EXPECT_NEAR(json["verdict"]["against"]["random"]["advantage"]["value"].get<double>(), 0.1, 1e-12);
  EXPECT_EQ(json["verdict"]["against"]["largest"]["intervals_apart"], true);
  EXPECT_EQ(json["work"]["total"]["value"], 5.1e12);
}

}  // namespace
}  // namespace mcunas
