#include "nas/report/space_choice_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mcunas {
namespace {

using ::testing::HasSubstr;

// Two spaces compete, one is empty.
SpaceChoice Sample() {
  SpaceChoice choice;
  choice.samples = 4;
  choice.spaces.resize(3);
  choice.spaces[0] = {0.5, 96, {1'000'000, 2'000'000, 3'000'000, 4'000'000}, 0, 0, 0};
  choice.spaces[1] = {0.5, 128, {3'000'000, 5'000'000}, 0, 1, 1};
  choice.spaces[2] = {1.0, 128, {}, 1, 0, 0, 3};
  choice.ranking = {1, 0, 2};
  choice.competing = 2;
  return choice;
}

TEST(SpaceTable, BestFirstThenTheChoice) {
  const std::string table = FormatSpaceTable(Sample(), 0);
  EXPECT_LT(table.find("  1   0.50         128"), table.find("  2   0.50          96")) << table;
  EXPECT_THAT(table, HasSubstr("chosen: width 0.5, resolution 128"));
  EXPECT_THAT(table, HasSubstr("0/1/1/0")) << "why the others were refused";
  EXPECT_THAT(table, HasSubstr("3 of 3 spaces shown, 2 compete; 4 networks each"));
  EXPECT_EQ(FormatSpaceTable(Sample(), 1).find(" 96 "), std::string::npos);
}

TEST(SpaceJson, HasEverySpaceWithItsRank) {
  const auto json = nlohmann::json::parse(SpaceChoiceJson(Sample()));
  EXPECT_EQ(json["chosen"]["resolution"], 128);
  ASSERT_EQ(json["spaces"].size(), 3u);
  EXPECT_EQ(json["spaces"][0]["rank"], 2);
  EXPECT_EQ(json["spaces"][1]["rank"], 1);
  EXPECT_EQ(json["spaces"][1]["share"], 0.5);
  EXPECT_EQ(json["spaces"][1]["mean_macs"], 4'000'000);
  EXPECT_EQ(json["spaces"][0]["macs_quantiles"]["50"], 2'000'000);
  EXPECT_EQ(json["spaces"][2]["refused"]["macs"], 1);
  EXPECT_EQ(json["spaces"][2]["refused"]["latency"], 3);
}

TEST(SpaceSvg, StandsAloneWithOneCurvePerCompetingSpace) {
  const std::string svg = SpaceChoiceSvg(Sample());
  EXPECT_TRUE(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox")) << svg;
  EXPECT_TRUE(svg.ends_with("</svg>\n"));
  EXPECT_THAT(svg, HasSubstr("<style>"));
  EXPECT_THAT(svg, HasSubstr("width 0.50, 128 px: mean 4.00 M"));
  size_t lines = 0;
  for (size_t at = 0; (at = svg.find("<polyline", at)) != std::string::npos; ++at) ++lines;
  EXPECT_EQ(lines, 4u) << "two curves, two entries of the legend";
}

TEST(SpaceSvg, ManySpacesAreDrawnWithoutNames) {
  SpaceChoice choice = Sample();
  choice.spaces.assign(20, choice.spaces[0]);
  choice.ranking.clear();
  for (size_t i = 0; i < 20; ++i) choice.ranking.push_back(i);
  choice.competing = 20;
  const std::string svg = SpaceChoiceSvg(choice);
  EXPECT_THAT(svg, HasSubstr("class=\"other\""));
  EXPECT_LT(svg.size(), 64u * 1024);
}

}  // namespace
}  // namespace mcunas
