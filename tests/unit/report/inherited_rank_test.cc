#include "nas/report/inherited_rank.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "nas/report/report_html.h"
#include "nas/report/result_json.h"
#include "nas/report/result_table.h"
#include "sample_report.h"

namespace mcunas {
namespace {

// Networks with these held-out scores: inherited, of the final weights.
SampleReport RankedBy(const std::vector<std::pair<double, double>>& scores) {
  SampleReport sample;
  for (const auto& [inherited, own] : scores) {
    FinalNetwork network;
    network.record.hash = HashBytes(std::to_string(inherited));
    network.record.metrics["accuracy"] = {inherited, "ratio", Source::kMeasured};
    if (own > 0) network.record.metrics["float_accuracy"] = {own, "ratio", Source::kMeasured};
    sample.ranking.push_back(network);
  }
  return sample;
}

TEST(InheritedRankTest, CountsPairsInTheSameOrder) {
  const SampleReport sample = RankedBy({{0.5, 0.7}, {0.6, 0.8}, {0.7, 0.75}, {0.4, 0}});
  const auto rank = RankOfInherited(sample.input());
  ASSERT_TRUE(rank);
  EXPECT_EQ(rank->networks, 3);
  EXPECT_NEAR(rank->tau, 1.0 / 3, 1e-12);
  EXPECT_EQ(
      FormatInheritedRank(sample.input()),
      "rank correlation of accuracy with inherited and with final weights: Kendall's tau 0.33 "
      "(3 networks)\n");
}

TEST(InheritedRankTest, SaysNothingWhereNoTauExists) {
  for (const auto& sample : {RankedBy({{0.5, 0.7}, {0.6, 0.8}}),
                             RankedBy({{0.5, 0.7}, {0.6, 0.7}, {0.7, 0.7}}), RankedBy({})}) {
    EXPECT_FALSE(RankOfInherited(sample.input()));
    EXPECT_EQ(FormatInheritedRank(sample.input()), "");
  }
}

TEST(InheritedRankTest, StandsInTablePageAndJson) {
  const SampleReport sample = RankedBy({{0.5, 0.8}, {0.6, 0.75}, {0.7, 0.7}});
  EXPECT_NE(FormatResultTable(sample.input(), 0).find("Kendall's tau -1.00 (3 networks)"),
            std::string::npos);
  EXPECT_NE(ReportHtml(sample.input())->find("Rank correlation of accuracy"), std::string::npos);
  const auto json = nlohmann::json::parse(*ResultJson(sample.input()));
  EXPECT_EQ(json["inherited_tau"]["value"], -1);
  const auto without = nlohmann::json::parse(*ResultJson(RankedBy({}).input()));
  EXPECT_TRUE(without["inherited_tau"].is_null());
}

}  // namespace
}  // namespace mcunas
