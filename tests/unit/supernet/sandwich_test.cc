// Which networks a step trains: in what order, how many, and within what limits.
#include "supernet/internal/sandwich.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <set>

#include "nas/space/architecture.h"
#include "nas/space/enumerate.h"
#include "nas/space/lower.h"
#include "nas/space/space_config.h"
#include "network/hash_network.h"
#include "network/operator_counts.h"
#include "tests/unit/supernet/small_space.h"

namespace mcunas {
namespace {

SpaceConfig Space() {
  SpaceConfig space = SmallSpace();
  space.resolution = {8, 12};
  space.expand = {1, 2};
  space.head_channels = 16;
  return space;
}

class SandwichTest : public testing::Test {
 protected:
  SpaceConfig space_ = Space();
  SandwichOptions options_ = {.space = &space_, .shape = {3, 4}, .steps_per_epoch = 3, .seed = 4};
};

// The sandwich rule: the largest first, the smallest, then random ones; nobody twice.
TEST_F(SandwichTest, SandwichesBeginWithTheLargestAndHoldNobodyTwice) {
  options_.config.sandwich_random = 4;
  const Sandwich sandwich(options_);
  std::set<std::string> seen;
  for (int64_t step = 0; step < 9; ++step) {
    const std::vector<Architecture> chosen = sandwich.Of(step);
    ASSERT_GE(chosen.size(), 2u);
    EXPECT_LE(chosen.size(), 6u);
    EXPECT_EQ(chosen[0], Largest(space_));
    EXPECT_EQ(chosen[1], Smallest(space_));
    for (size_t i = 0; i < chosen.size(); ++i) {
      EXPECT_EQ(std::count(chosen.begin(), chosen.end(), chosen[i]), 1) << step;
      if (i >= 2) seen.insert(NetworkHash(Lower(space_, options_.shape, chosen[i])).Hex());
    }
    EXPECT_EQ(sandwich.Of(step), chosen);
  }
  EXPECT_GT(seen.size(), 10u);  // of 36 draws
}

// Limits that a quarter of the space keeps.
NetworkLimits SmallKernels(std::atomic<int>* questions) {
  NetworkLimits limits;
  limits.fits = [questions](const Architecture& a) {
    ++*questions;
    const auto& first = a.stages[0][0];
    return first.kernel == 3 && a.width < 1;
  };
  return limits;
}

TEST_F(SandwichTest, FeasibleSamplesKeepTheLimits) {
  std::atomic<int> questions = 0;
  options_.config.sandwich_random = 4;
  options_.config.sample = NetworkSample::kFeasible;
  options_.limits = SmallKernels(&questions);
  const Sandwich sandwich(options_);
  std::set<std::string> seen;
  for (int64_t step = 0; step < 50; ++step) {
    const std::vector<Architecture> chosen = sandwich.Of(step);
    EXPECT_EQ(chosen[0], Largest(space_)) << "the teacher need not fit";
    for (size_t i = 1; i < chosen.size(); ++i) {
      EXPECT_TRUE(options_.limits.fits(chosen[i])) << step;
      seen.insert(ArchitectureToJson(chosen[i]));
    }
    // Drawn anew by another one, and again by this one: the same, without a question.
    const int asked = questions;
    EXPECT_EQ(sandwich.Of(step), chosen);
    EXPECT_EQ(questions, asked) << step;
    EXPECT_EQ(Sandwich(options_).Of(step), chosen);
  }
  EXPECT_GT(seen.size(), 40u) << "of a quarter of 800 networks";
}

TEST_F(SandwichTest, NothingFitsIsNoReasonToHang) {
  options_.config.sample = NetworkSample::kFeasible;
  options_.limits.fits = [](const Architecture&) { return false; };
  EXPECT_GT(Sandwich(options_).Of(3).size(), 2u);
}

TEST_F(SandwichTest, UniformSamplesAskNobody) {
  std::atomic<int> questions = 0;
  const std::vector<Architecture> plain = Sandwich(options_).Of(3);
  options_.limits = SmallKernels(&questions);
  options_.limits.largest = Smallest(space_);
  EXPECT_EQ(Sandwich(options_).Of(3), plain);
  EXPECT_EQ(questions, 0);
}

TEST_F(SandwichTest, CheapNetworksFillAStep) {
  options_.config.sandwich_random = 1;
  const Sandwich few(options_);
  options_.config.sandwich_fill = SandwichFill::kWork;
  const Sandwich filled(options_);
  const auto macs = [&](const Architecture& a) {
    return NetworkMacs(Lower(space_, options_.shape, a)).value;
  };
  size_t most = 0;
  for (int64_t step = 0; step < 20; ++step) {
    const std::vector<Architecture> chosen = filled.Of(step), start = few.Of(step);
    most = std::max(most, chosen.size());
    ASSERT_GE(chosen.size(), start.size());
    EXPECT_TRUE(std::equal(start.begin(), start.end(), chosen.begin())) << "the same, and more";
    int64_t work = 0;
    for (size_t i = 2; i < chosen.size(); ++i) work += macs(chosen[i]);
    EXPECT_GE(work, macs(chosen[0]));
    const bool more = chosen.size() > start.size();
    EXPECT_TRUE(!more || work - macs(chosen.back()) < macs(chosen[0])) << "one too many";
  }
  EXPECT_GT(most, 4u);
}

TEST_F(SandwichTest, WarmUpTrainsTheLargestAlone) {
  options_.config.warmup_epochs = 2;
  const Sandwich sandwich(options_);
  for (int64_t step = 0; step < 6; ++step)
    EXPECT_EQ(sandwich.Of(step), std::vector{Largest(space_)});
  EXPECT_GT(sandwich.Of(6).size(), 1u);
}

}  // namespace
}  // namespace mcunas
