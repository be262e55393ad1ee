// `mcunas plan`: what is shown, what does not fit, and the factor that people name.
#include <nlohmann/json.hpp>

#include "tests/benchmark/published_networks.h"
#include "tests/unit/cli/users_folder.h"

namespace mcunas {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;

class PlanVerbTest : public UsersFolder {
 protected:
  // Strips pay here: wide images, few channels, a residual over the whole of it.
  static Network StripsPay() {
    NetworkBuilder b("strips", {64, 64, 3});
    const int first = b.Conv(kNetworkInput, 16, {3, 3}, {2, 2}, Activation::kRelu6);
    const int second = b.Depthwise(first, {3, 3}, {1, 1}, Activation::kRelu6);
    const int third = b.Conv(second, 24, {3, 3}, {2, 2}, Activation::kRelu6);
    const int fourth = b.Conv(third, 32, {3, 3}, {2, 2}, Activation::kRelu6);
    b.FullyConnected(b.GlobalAveragePool(fourth), 10);
    return std::move(b).Finish();
  }

  void SetUp() override { Write("n.json", NetworkToJson(StripsPay())); }

  static json Plan(std::vector<std::string> arguments, int code = 0) {
    arguments.insert(arguments.begin(), {"plan", "n.json", "--json"});
    const Said said = Run(arguments);
    EXPECT_EQ(said.code, code) << said.err;
    return json::parse(said.out, nullptr, false);
  }
};

TEST_F(PlanVerbTest, FactorWithoutALimitIsObeyed) {
  const json exact = Plan({"--input", "rereadable"});
  const json cheaper = Plan({"--input", "rereadable", "--max-macs-factor", "1.5"});
  EXPECT_EQ(exact["plan"]["macs_factor"], 1.0);
  EXPECT_LT(cheaper["memory"]["arena_bytes"], exact["memory"]["arena_bytes"]);
  EXPECT_GT(cheaper["plan"]["macs_factor"], 1.0);
  EXPECT_LE(cheaper["plan"]["macs_factor"], 1.5);
  // It is the point of the front with the most MACs within the factor.
  int64_t best = exact["memory"]["arena_bytes"];
  for (const json& point : cheaper["pareto"])
    if (point["macs_factor"] <= 1.5) best = std::min(best, point["arena_bytes"].get<int64_t>());
  EXPECT_EQ(cheaper["memory"]["arena_bytes"], best);
}

// The number that the README prints.
TEST_F(PlanVerbTest, PublishedNetworkWithRecomputation) {
  Write("n.json", NetworkToJson(PublishedNetworkNamed("mbv2-1.0@224").network));
  const json root = Plan({"--input", "rereadable", "--max-macs-factor", "1.05"});
  EXPECT_EQ(root["memory"]["arena_bytes"], 49088);
  EXPECT_LE(root["plan"]["macs_factor"], 1.05);
}

TEST_F(PlanVerbTest, FactorOneIsTheDefault) {
  EXPECT_EQ(Plan({"--max-macs-factor", "1"}), Plan({}));
}

TEST_F(PlanVerbTest, CompileTakesTheFactorToo) {
  const auto arena = [](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"compile", "n.json",  "--random-weights", "-o",
                                          "out",     "--input", "rereadable"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    EXPECT_EQ(Run(arguments).code, 0);
    return json::parse(*ReadFile("out/plan.json"))["memory"]["arena_bytes"].get<int64_t>();
  };
  EXPECT_LT(arena({"--max-macs-factor", "1.5"}), arena({}));
}

TEST_F(PlanVerbTest, PlanThatDoesNotFitIsShown) {
  const Said said = Run({"plan", "n.json", "--sram", "4kB"});
  EXPECT_EQ(said.code, 3);
  EXPECT_THAT(said.out, AllOf(HasSubstr("Network strips"), HasSubstr("SRAM, bytes")));
  EXPECT_THAT(said.err, AllOf(HasSubstr("error: strips does not fit 4096 bytes of SRAM (--sram)"),
                              HasSubstr("with --input streamed")));
}

TEST_F(PlanVerbTest, WhatIsMissingStandsInTheJson) {
  const json root = Plan({"--sram", "4kB"}, 3);
  EXPECT_EQ(root["fits"], json({{"sram", false}, {"flash", true}}));
  const int64_t total = root["memory"]["total_bytes"];
  EXPECT_EQ(root["missing"], json({{"sram_bytes", total - 4096}}));
  EXPECT_TRUE(root["board"].is_null());
}

TEST_F(PlanVerbTest, BoardThatHoldsNothingOfIt) {
  NetworkBuilder b("huge", {1, 1, 2048});
  b.FullyConnected(b.FullyConnected(kNetworkInput, 2048), 2048);
  Write("n.json", NetworkToJson(std::move(b).Finish()));
  const json root = Plan({"--board", "nucleo-f412zg"}, 3);
  EXPECT_EQ(root["board"], "nucleo-f412zg");
  EXPECT_EQ(root["fits"], json({{"sram", true}, {"flash", false}}));
  const int64_t flash = root["flash"]["total_bytes"];
  EXPECT_EQ(root["missing"], json({{"flash_bytes", flash - 1024 * 1024}}));
  const Said said = Run({"plan", "n.json", "--board", "nucleo-f412zg"});
  EXPECT_EQ(said.code, 3);
  EXPECT_THAT(said.out, HasSubstr("Board nucleo-f412zg"));
  EXPECT_THAT(said.err, HasSubstr("does not fit the flash of board nucleo-f412zg"));
}

TEST_F(PlanVerbTest, WhatFitsMissesNothing) {
  const json board = Plan({"--board", "nucleo-f446re"});
  EXPECT_EQ(board["fits"], json({{"sram", true}, {"flash", true}}));
  EXPECT_FALSE(board.contains("missing"));
  const json limit = Plan({"--sram", "64kB"});
  EXPECT_FALSE(limit.contains("fits") || limit.contains("missing"));
}

TEST_F(PlanVerbTest, LimitThatIsNamedStandsBeforeTheBoards) {
  const json root = Plan({"--board", "nucleo-f446re", "--sram", "4kB"}, 3);
  EXPECT_EQ(root["fits"]["sram"], false);
  EXPECT_GT(root["missing"]["sram_bytes"], 0);
}

TEST_F(PlanVerbTest, OptionsOutsideTheirRangeAreWrongCalls) {
  for (const std::vector<std::string>& wrong :
       std::vector<std::vector<std::string>>{{"--max-macs-factor", "0.9"},
                                             {"--max-macs-factor", "65"},
                                             {"--sram", "0"},
                                             {"--sram", "much"},
                                             {"--modes", "row_stream,none"},
                                             {"--input", "sideways"},
                                             {"--smallest-segment", "0"},
                                             {"--count", "keras"},
                                             {"--prefer", "neither"}}) {
    const Said said = Run({"plan", "n.json", wrong[0], wrong[1]});
    EXPECT_EQ(said.code, 2) << wrong[0];
    EXPECT_THAT(said.out + said.err, HasSubstr(wrong[0]));
  }
}

TEST_F(PlanVerbTest, PictureIsWrittenBesideTheUser) {
  ASSERT_EQ(Run({"plan", "n.json", "--svg", "pictures/arena.svg"}).code, 0);
  EXPECT_THAT(*ReadFile("pictures/arena.svg"), HasSubstr("<svg"));
}

TEST_F(PlanVerbTest, OtherSystemsCount) {
  EXPECT_THAT(Run({"plan", "n.json", "--count", "tinyengine"}).out, HasSubstr("TinyEngine"));
  EXPECT_GT(Plan({"--count", "tflm"})["memory"]["arena_bytes"], 0);
}

}  // namespace
}  // namespace mcunas
