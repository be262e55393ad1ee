#include <gtest/gtest.h>

#include <set>

#include "common/random.h"
#include "nas/space/architecture.h"
#include "nas/space/enumerate.h"
#include "nas/space/lower.h"
#include "nas/space/space_config.h"
#include "nas/space/task_shape.h"
#include "nas/space/variation.h"
#include "network/network.h"
#include "network/operator_counts.h"
#include "small_spaces.h"

namespace mcunas {
namespace {

TEST(Enumerate, ListsEveryArchitectureOnce) {
  const auto all = Enumerate(TinySpace(), 1000);
  ASSERT_TRUE(all.ok());
  std::set<std::string> seen;
  for (const Architecture& a : *all) {
    EXPECT_TRUE(Contains(TinySpace(), a));
    seen.insert(ArchitectureToJson(a));
  }
  EXPECT_EQ(all->size(), 144u);
  EXPECT_EQ(seen.size(), 144u);
}

// Brute force from the other side: whatever sampling ever finds is in the list, and it finds all of
// it.
TEST(Enumerate, IsWhatSamplingFinds) {
  std::set<std::string> listed, sampled;
  const auto all = Enumerate(TinySpace(), 1000);
  for (const Architecture& a : *all) {
    listed.insert(ArchitectureToJson(a));
  }
  RandomStream random(3, "cover");
  for (int i = 0; i < 20000; ++i) {
    sampled.insert(ArchitectureToJson(Sample(TinySpace(), &random)));
  }
  EXPECT_EQ(sampled, listed);
}

TEST(Enumerate, OrderIsFixed) {
  const auto all = Enumerate(TinySpace(), 144);
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(*all, *Enumerate(TinySpace(), 144));
  EXPECT_EQ(all->front(), (Architecture{16, 0.5, {{{3, 4}}, {{3, 4}}}}));
  EXPECT_EQ((*all)[1], (Architecture{16, 0.5, {{{3, 4}}, {{5, 4}}}}));
  EXPECT_EQ(all->back(), (Architecture{32, 1.0, {{{5, 4}, {5, 4}}, {{5, 4}, {5, 4}}}}));
}

TEST(Enumerate, RefusesWhatIsTooLarge) {
  const auto all = Enumerate(TinySpace(), 143);
  ASSERT_FALSE(all.ok());
  EXPECT_EQ(all.error().code, ErrorCode::kInfeasible);
  EXPECT_NE(all.error().message.find("143"), std::string::npos);
}

TEST(SpaceSize, MatchesTheEnumeration) {
  EXPECT_EQ(SpaceSize(TinySpace()), 144);
  EXPECT_EQ(SpaceSize(OnePoint()), 1);
  SpaceConfig space = TinySpace();
  space.expand = {3, 4, 6};
  space.stages = {{16, 2}};
  EXPECT_EQ(SpaceSize(space), 4 * (6 + 36));
  EXPECT_EQ(Enumerate(space, 1000)->size(), 168u);
  // The default space: 3 widths, 4 stages of 9 + 81 + 729 choices.
  EXPECT_EQ(SpaceSize(SpaceConfig{}), 3.0 * 819 * 819 * 819 * 819);
}

TEST(Extremes, BelongToTheSpaceAndBoundIt) {
  const SpaceConfig space;
  EXPECT_TRUE(Contains(space, Largest(space)));
  EXPECT_TRUE(Contains(space, Smallest(space)));
  const TaskShape task;
  const auto most = NetworkMacs(Lower(space, task, Largest(space)));
  const auto least = NetworkMacs(Lower(space, task, Smallest(space)));
  RandomStream random(4, "bounds");
  for (int i = 0; i < 200; ++i) {
    const auto macs = NetworkMacs(Lower(space, task, Sample(space, &random)));
    EXPECT_LE(macs.value, most.value);
    EXPECT_GE(macs.value, least.value);
  }
}

TEST(Extremes, DoNotDependOnTheOrderOfTheLists) {
  SpaceConfig space = TinySpace();
  space.width = {1.0, 0.25, 0.5};
  space.depth = {2, 1};
  EXPECT_EQ(Largest(space), (Architecture{32, 1.0, {{{5, 4}, {5, 4}}, {{5, 4}, {5, 4}}}}));
  EXPECT_EQ(Smallest(space), (Architecture{16, 0.25, {{{3, 4}}, {{3, 4}}}}));
}

TEST(Contains, RejectsEveryForeignGene) {
  const SpaceConfig space = TinySpace();
  const Architecture good{16, 0.5, {{{3, 4}}, {{5, 4}, {3, 4}}}};
  EXPECT_TRUE(Contains(space, good));
  const auto without = [&](auto change) {
    Architecture bad = good;
    change(&bad);
    return Contains(space, bad);
  };
  EXPECT_FALSE(without([](Architecture* a) { a->resolution = 24; }));
  EXPECT_FALSE(without([](Architecture* a) { a->width = 0.75; }));
  EXPECT_FALSE(without([](Architecture* a) { a->stages.pop_back(); }));
  EXPECT_FALSE(without([](Architecture* a) { a->stages[0].clear(); }));
  EXPECT_FALSE(without([](Architecture* a) { a->stages[1].push_back({3, 4}); }));
  EXPECT_FALSE(without([](Architecture* a) { a->stages[0][0].kernel = 7; }));
  EXPECT_FALSE(without([](Architecture* a) { a->stages[0][0].expansion = 3; }));
}

}  // namespace
}  // namespace mcunas
