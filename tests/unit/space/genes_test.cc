#include "nas/space/genes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "nas/space/enumerate.h"
#include "small_spaces.h"

namespace mcunas {
namespace {

TEST(GeneLevels, NameEveryArchitectureOfASpaceApart) {
  const SpaceConfig space = TinySpace();
  const std::vector<int> counts = GeneLevelCounts(space);
  const auto all = Enumerate(space, 1'000'000);
  ASSERT_TRUE(all.ok());
  std::set<std::vector<uint8_t>> seen;
  for (const Architecture& a : *all) {
    const std::vector<uint8_t> levels = GeneLevels(space, a);
    ASSERT_EQ(levels.size(), counts.size());
    for (size_t g = 0; g < levels.size(); ++g) EXPECT_LT(levels[g], counts[g]);
    EXPECT_TRUE(seen.insert(levels).second) << ArchitectureToJson(a);
  }
}

TEST(GeneLevels, GrowWithTheValueHoweverTheChoicesAreListed) {
  SpaceConfig space = TinySpace();
  space.kernel = {7, 3, 5};
  space.depth = {2, 1};
  Architecture a = Smallest(space);
  const std::vector<uint8_t> smallest = GeneLevels(space, a);
  EXPECT_EQ(std::count(smallest.begin(), smallest.end(), 0), std::ssize(smallest));
  const std::vector<uint8_t> largest = GeneLevels(space, Largest(space));
  const std::vector<int> counts = GeneLevelCounts(space);
  for (size_t g = 0; g < counts.size(); ++g) EXPECT_EQ(largest[g], counts[g] - 1) << g;
}

TEST(GeneLevels, AMissingBlockIsNoSmallBlock) {
  SpaceConfig space = TinySpace();
  space.expand = {2, 4};
  Architecture shallow = Smallest(space), deep = shallow;
  deep.stages[0].push_back(deep.stages[0][0]);
  const auto before = GeneLevels(space, shallow), after = GeneLevels(space, deep);
  int changed = 0;
  for (size_t g = 0; g < before.size(); ++g) {
    EXPECT_LE(before[g], after[g]);
    changed += before[g] != after[g];
  }
  EXPECT_EQ(changed, 3) << "depth, kernel and expansion";
}

TEST(GeneLevels, ASingleChoiceIsNoGene) {
  SpaceConfig space = TinySpace();
  space.resolution = {16};
  space.width = {1.0};
  space.kernel = {3};
  space.expand = {4};
  space.depth = {1};
  EXPECT_TRUE(GeneLevelCounts(space).empty());
  EXPECT_TRUE(GeneLevels(space, Smallest(space)).empty());
  EXPECT_TRUE(Neighbours(space, Smallest(space)).empty());
}

TEST(Neighbours, AreOtherArchitecturesOfTheSpaceNoneTwice) {
  const SpaceConfig space = TinySpace();
  const auto all = Enumerate(space, 1'000'000);
  ASSERT_TRUE(all.ok());
  for (const Architecture& a : *all) {
    std::set<std::vector<uint8_t>> seen = {GeneLevels(space, a)};
    for (const Architecture& b : Neighbours(space, a)) {
      EXPECT_TRUE(Contains(space, b));
      EXPECT_TRUE(seen.insert(GeneLevels(space, b)).second);
    }
  }
}

// Without depth every gene counts once: the neighbours are all that differ in one level.
TEST(Neighbours, AreAllThatDifferInOneGene) {
  SpaceConfig space = TinySpace();
  space.kernel = {3, 5, 7};
  space.depth = {2};
  const Architecture centre = Largest(space);
  const auto levels = GeneLevels(space, centre);
  size_t expected = 0;
  for (const int count : GeneLevelCounts(space)) expected += static_cast<size_t>(count - 1);
  const auto neighbours = Neighbours(space, centre);
  EXPECT_EQ(neighbours.size(), expected);
  for (const Architecture& b : neighbours) {
    const auto other = GeneLevels(space, b);
    int differences = 0;
    for (size_t g = 0; g < levels.size(); ++g) differences += levels[g] != other[g];
    EXPECT_EQ(differences, 1);
  }
}

}  // namespace
}  // namespace mcunas
