// Where tensors stay, and the picture of it.
#include "memory_model/report/plan_svg.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "memory_model/planner/plan_memory.h"
#include "memory_model/report/tensor_stays.h"
#include "tests/unit/memory_model/planned_network.h"
#include "tests/unit/memory_model/random_network.h"

namespace mcunas {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Draw(const Network& network, const ExecutionPlan& plan) {
  return PlanToSvg(network, plan, ReportMemory(network, plan));
}

int Count(const std::string& text, const std::string& pattern) {
  const std::regex regex(pattern);
  return static_cast<int>(
      std::distance(std::sregex_iterator(text.begin(), text.end(), regex), std::sregex_iterator()));
}

// Every tag that opens closes, in order: enough of XML for what we write.
void ExpectWellFormed(const std::string& svg) {
  const std::regex tag("<(/?)([a-z]+)[^<>]*?(/?)>");
  std::vector<std::string> open;
  for (std::sregex_iterator it(svg.begin(), svg.end(), tag), end; it != end; ++it) {
    if ((*it)[3].length() > 0) continue;
    if ((*it)[1].length() == 0) {
      open.push_back((*it)[2]);
    } else {
      ASSERT_FALSE(open.empty());
      ASSERT_EQ(open.back(), (*it)[2]);
      open.pop_back();
    }
  }
  EXPECT_TRUE(open.empty());
}

TEST(TensorStays, FollowLivesAndMoves) {
  const std::vector<TensorStay> stays = TensorStays(BottleneckNetwork(), PlanWithEverything());
  const std::vector<TensorStay> expected = {{kNetworkInput, 0, 0, 0, 0, 144},
                                            {0, 0, 1, 0, 512, 512},
                                            {0, 2, 2, 0, 0, 512},
                                            {1, 1, 1, 0, 144, 192},
                                            {2, 1, 1, 0, 336, 64},
                                            {3, 1, 2, 0, 1024, 512},
                                            {4, 2, 2, 1, 0, 512},
                                            {4, 3, 3, 1, 512, 512},
                                            {5, 3, 4, 0, 64, 8},
                                            {6, 4, 4, 0, 72, 10}};
  EXPECT_EQ(stays, expected);
}

TEST(PlanToSvg, DrawsEveryTensorSumMoveAndRegion) {
  const std::string svg = Draw(BottleneckNetwork(), PlanWithEverything());
  ExpectWellFormed(svg);
  EXPECT_EQ(Count(svg, "<title>(input|tensor \\d+)"), 10);
  EXPECT_EQ(Count(svg, "<title>int32 sums"), 2);
  EXPECT_EQ(Count(svg, "class=\"movehead\""), 2);
  EXPECT_EQ(Count(svg, "<title>kernel scratch: 96 bytes"), 1);
  EXPECT_THAT(svg, AllOf(HasSubstr("peak 3 072 B, operators 1-3"), HasSubstr(">region 1<"),
                         HasSubstr("tensor 3, pointwise 8x8x8: 512 bytes at 1 024, groups 1 to 2"),
                         HasSubstr("prefers-color-scheme: dark"), HasSubstr("MACs x 1.250"),
                         HasSubstr("lower bound of 3 000")));
}

TEST(PlanToSvg, SaysNothingOfWhatIsNotThere) {
  const Network n = BottleneckNetwork();
  PlanOptions options;
  options.modes = PlanModes::LayerwiseOnly();
  const std::string svg = Draw(n, PlanMemory(n, options));
  EXPECT_EQ(Count(svg, "<rect[^>]*class=\"box ring\"[^>]*><title>"), 0);
  EXPECT_THAT(svg, Not(HasSubstr("region 1")));
}

TEST(PlanToSvg, EscapesNames) {
  const Network n = BottleneckNetwork("<b>&\xff\n");
  const std::string svg = Draw(n, PlanMemory(n));
  ExpectWellFormed(svg);
  EXPECT_THAT(svg, HasSubstr("&lt;b&gt;&amp;??: the arena over time"));
}

TEST(PlanToSvg, StaysInsideItsCanvasForAnyNetwork) {
  RandomStream random(8, "pictures");
  const std::regex rectangle(
      "<rect x=\"([-0-9.]+)\" y=\"([-0-9.]+)\" width=\"([-0-9.]+)\" height=\"([-0-9.]+)\"");
  for (int i = 0; i < 40; ++i) {
    const Network n = RandomNetwork(&random, {});
    PlanOptions options;
    options.input_mode = i % 2 ? InputMode::kStreamed : InputMode::kResident;
    const ExecutionPlan plan = PlanMemory(n, options);
    const std::string svg = Draw(n, plan);
    ExpectWellFormed(svg);
    EXPECT_EQ(svg, Draw(n, plan));
    for (std::sregex_iterator it(svg.begin(), svg.end(), rectangle), end; it != end; ++it) {
      const auto number = [&](int group) { return std::stod((*it)[static_cast<size_t>(group)]); };
      ASSERT_GE(number(1), 0) << it->str();
      ASSERT_GE(number(2), 0) << it->str();
      ASSERT_GT(number(3), 0) << it->str();
      ASSERT_GT(number(4), 0) << it->str();
      ASSERT_LE(number(1) + number(3), 1240.05) << it->str();
      ASSERT_LE(number(2) + number(4), 602.05) << it->str();
    }
  }
}

}  // namespace
}  // namespace mcunas
