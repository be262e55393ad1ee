#include "nas/evaluate/space_choice.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "common/random.h"
#include "nas/evaluate/board_memory.h"
#include "nas/evaluate/latency_limit.h"
#include "nas/evaluate/latency_model.h"
#include "nas/space/space_config.h"
#include "nas/space/variation.h"
#include "network/operator_counts.h"

namespace mcunas {
namespace {

SpaceConfig Base() {
  SpaceConfig space;
  space.stages = {{16, 2}, {24, 2}};
  space.stem_stride = 2;
  return space;
}

const SpaceGrid kGrid = {{0.5, 1.0, 2.0}, {32, 64, 96}};

SpaceChoiceOptions Options(const MemoryLimits& limits) {
  SpaceChoiceOptions options;
  options.samples = 40;
  options.limits = {limits};
  return options;
}

SpaceChoice Chosen(const SpaceChoiceOptions& options) {
  auto choice = ChooseSpace(Base(), {}, kGrid, options);
  EXPECT_TRUE(choice.ok());
  return *std::move(choice);
}

TEST(SpaceChoice, GridOfThePaperHas108Spaces) {
  const SpaceGrid grid = TinyNasGrid();
  EXPECT_EQ(grid.width.size() * grid.resolution.size(), 108u);
  EXPECT_EQ(grid.width.front(), 0.2);
  EXPECT_EQ(grid.width.back(), 1.0);
  EXPECT_EQ(grid.resolution.front(), 48);
  EXPECT_EQ(grid.resolution.back(), 224);
}

TEST(SpaceChoice, WithoutLimitsTheLargestSpaceWins) {
  const SpaceChoice choice = Chosen(Options({}));
  EXPECT_EQ(choice.best().width, 2.0);
  EXPECT_EQ(choice.best().resolution, 96);
  EXPECT_EQ(choice.competing, choice.spaces.size());
  for (const SpaceSample& space : choice.spaces) EXPECT_EQ(space.macs.size(), 40u);
}

// The winner has the largest mean of all; recomputed here from nothing but the evaluator.
TEST(SpaceChoice, AgreesWithTheEvaluatorNetworkByNetwork) {
  SpaceChoiceOptions options = Options({KiB(14), KiB(48), Macs(4'000'000)});
  options.least_share = 0;
  options.samples = 25;
  const SpaceChoice choice = Chosen(options);
  double best = 0;
  for (const SpaceSample& sample : choice.spaces) {
    SpaceConfig space = Base();
    space.width = {sample.width};
    space.resolution = {sample.resolution};
    const BoardMemoryEvaluator evaluator(space, {}, options.limits, options.plan);
    std::vector<int64_t> macs;
    for (int i = 0; i < 25; ++i) {
      RandomStream random(options.seed, "space choice", std::to_string(i));
      CandidateRecord record;
      record.architecture = Sample(space, &random);
      evaluator.Evaluate(&record);
      if (!record.usable()) continue;
      macs.push_back(static_cast<int64_t>(*MetricValue(record, metric::kMacs)));
    }
    std::sort(macs.begin(), macs.end());
    EXPECT_EQ(macs, sample.macs) << sample.width << " " << ResolutionText(sample.resolution);
    EXPECT_EQ(
        static_cast<int64_t>(macs.size()) + sample.over_macs + sample.over_flash + sample.over_sram,
        25);
    best = std::max(best, sample.mean_macs());
  }
  EXPECT_EQ(choice.best().mean_macs(), best);
  EXPECT_GT(best, 0);
}

// A millisecond for every million MACs that the plan computes, or half or twice of it.
class MillionPerMillisecond : public LatencyModel {
 public:
  LatencyPrediction Predict(const Network& network, double macs_factor) const override {
    const double ms = static_cast<double>(NetworkMacs(network).value) * macs_factor / 1e6;
    return {ms, ms / 2, ms * 2};
  }
  void Fit(std::span<const LatencySample>) override {}
  std::string ToJson() const override { return "{}"; }
};

TEST(SpaceChoice, LatencyIsALimitAsInTheSearch) {
  const MillionPerMillisecond model;
  SpaceChoiceOptions options = Options({KiB(20), {}, {}});
  options.latency = &model;
  options.limits.latency_ms = 1;
  options.threads = 2;
  const SpaceChoice choice = Chosen(options);
  int64_t too_slow = 0;
  for (const SpaceSample& sample : choice.spaces) {
    SpaceConfig space = Base();
    space.width = {sample.width};
    space.resolution = {sample.resolution};
    const BoardMemoryEvaluator memory(space, {}, options.limits, options.plan);
    const LatencyGate gate(space, {}, options.limits.latency_ms, memory, &model);
    int64_t slow = 0, fitting = 0;
    for (int i = 0; i < 40; ++i) {
      RandomStream random(options.seed, "space choice", std::to_string(i));
      CandidateRecord record;
      record.architecture = Sample(space, &random);
      gate.Evaluate(&record);
      slow += record.failure_reason.starts_with("latency: ");
      fitting += record.usable();
    }
    EXPECT_EQ(sample.over_latency, slow);
    EXPECT_EQ(static_cast<int64_t>(sample.macs.size()), fitting);
    too_slow += slow;
  }
  EXPECT_GT(too_slow, 0);
  options.limits.latency_ms = 1e-9;
  EXPECT_EQ(ChooseSpace(Base(), {}, kGrid, options).error().code, ErrorCode::kInfeasible);
}

TEST(SpaceChoice, ThreadsDoNotChangeTheResult) {
  SpaceChoiceOptions options = Options({KiB(20), {}, {}});
  const SpaceChoice one = Chosen(options);
  options.threads = 3;
  const SpaceChoice three = Chosen(options);
  EXPECT_EQ(one.ranking, three.ranking);
  for (size_t i = 0; i < one.spaces.size(); ++i) {
    EXPECT_EQ(one.spaces[i].macs, three.spaces[i].macs);
  }
}

TEST(SpaceChoice, MoreSamplesKeepTheFirstOnes) {
  SpaceChoiceOptions options = Options({});
  options.samples = 10;
  const SpaceChoice few = Chosen(options);
  options.samples = 20;
  const SpaceChoice many = Chosen(options);
  for (size_t i = 0; i < few.spaces.size(); ++i) {
    EXPECT_TRUE(std::includes(many.spaces[i].macs.begin(), many.spaces[i].macs.end(),
                              few.spaces[i].macs.begin(), few.spaces[i].macs.end()));
  }
}

// A MACs limit just above the smallest network of the largest space leaves a few outliers in it.
TEST(SpaceChoice, FewOutliersDoNotWin) {
  SpaceChoiceOptions options = Options({});
  const SpaceChoice free = Chosen(options);
  const SpaceSample& largest = free.spaces.back();
  options.limits.macs = Macs(largest.macs[1]);
  options.least_share = 0;
  const SpaceChoice outliers = Chosen(options);
  options.least_share = 0.1;
  const SpaceChoice fair = Chosen(options);
  EXPECT_EQ(outliers.competing, 9u);
  EXPECT_LT(fair.competing, 9u);
  EXPECT_GE(static_cast<double>(fair.best().macs.size()), 0.1 * 40);
}

TEST(SpaceChoice, TieGoesToTheFirstOfTheGrid) {
  SpaceConfig space = Base();
  space.channel_multiple = 64;  // widths that round to the same channels
  const auto choice = ChooseSpace(space, {}, {{0.5, 0.6}, {32, 48}}, Options({}));
  ASSERT_TRUE(choice.ok());
  EXPECT_EQ(choice->best().width, 0.5);
  EXPECT_EQ(choice->best().resolution, 48);
}

TEST(SpaceChoice, EmptySpacesComeLastAndSaySo) {
  // Of the grid only resolution 32 fits.
  const SpaceChoice free = Chosen(Options({}));
  SpaceChoiceOptions options = Options({});
  options.limits.macs = Macs(free.spaces[1].macs.front() - 1);  // width 0.5, 64 pixels
  const SpaceChoice choice = Chosen(options);
  EXPECT_EQ(choice.best().resolution, 32);
  EXPECT_TRUE(choice.spaces[choice.ranking.back()].macs.empty());
  EXPECT_LT(choice.competing, choice.spaces.size());
  for (size_t i = choice.competing; i < choice.ranking.size(); ++i) {
    EXPECT_LT(choice.spaces[choice.ranking[i]].macs.size(), 4u);
  }
}

TEST(SpaceChoice, NothingFitsIsAnAnswer) {
  const auto choice = ChooseSpace(Base(), {}, kGrid, Options({KiB(2), {}, {}}));
  ASSERT_FALSE(choice.ok());
  EXPECT_EQ(choice.error().code, ErrorCode::kInfeasible);
  EXPECT_NE(choice.error().message.find("9 spaces"), std::string::npos) << choice.error().message;
  EXPECT_NE(choice.error().message.find("360 SRAM"), std::string::npos) << choice.error().message;
}

TEST(SpaceSample, QuantilesAreValuesThatOccur) {
  SpaceSample sample;
  EXPECT_EQ(sample.Quantile(0.5), 0);
  EXPECT_EQ(sample.mean_macs(), 0);
  sample.macs = {10, 20, 30, 40, 100};
  EXPECT_EQ(sample.Quantile(0), 10);
  EXPECT_EQ(sample.Quantile(0.2), 10);
  EXPECT_EQ(sample.Quantile(0.21), 20);
  EXPECT_EQ(sample.Quantile(1), 100);
  EXPECT_EQ(sample.mean_macs(), 40);
}

}  // namespace
}  // namespace mcunas
