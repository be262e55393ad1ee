#include <gtest/gtest.h>

#include <set>

#include "common/hash.h"
#include "common/random.h"

namespace mcunas {
namespace {

// Numbers from an independent implementation of the published algorithms. They identify networks
// and runs on disk: a change here breaks every study that exists.
TEST(Hash, IsFixedForEver) {
  EXPECT_EQ(HashBytes("").Hex(), "a2fc0b0a2b464def3d26358dc2843e1c");
  EXPECT_EQ(HashBytes("a").Hex(), "80aafb764eeda3ed62219151479e5be6");
  EXPECT_EQ(HashBytes("mcunas").Hex(), "bc610be594b40901ec3d77bbce922d75");
  EXPECT_EQ(HashBytes(std::string_view("\0", 1)).Hex(), "b8f0eb3aa250ea11fd76885fba841277");
  EXPECT_EQ(HashBytes("mcunas").Short(), "bc610be594b4");
}

TEST(Hash, ReadsItsOwnHexOnly) {
  Hash128 read;
  ASSERT_TRUE(ParseHash("bc610be594b40901ec3d77bbce922d75", &read));
  EXPECT_EQ(read, HashBytes("mcunas"));
  ASSERT_TRUE(ParseHash("BC610BE594B40901EC3D77BBCE922D75", &read));
  EXPECT_EQ(read, HashBytes("mcunas"));
  const Hash128 before = read;
  EXPECT_FALSE(ParseHash("", &read));
  EXPECT_FALSE(ParseHash("bc610be594b40901ec3d77bbce922d7", &read));
  EXPECT_FALSE(ParseHash("bc610be594b40901ec3d77bbce922d7g", &read));
  EXPECT_FALSE(ParseHash("bc610be594b40901ec3d77bbce922d750", &read));
  EXPECT_EQ(read, before);
}

TEST(Hash, NearEqualTextsLookDifferent) {
  std::set<std::string> prefixes;
  for (int i = 0; i < 10'000; ++i) prefixes.insert(HashBytes(std::to_string(i)).Short());
  EXPECT_EQ(prefixes.size(), 10'000u);
}

TEST(RandomStream, IsFixedForEver) {
  RandomStream raw(7, "mutation", "ab12");
  EXPECT_EQ(raw.Next(), 0xf2f1b44f4e74b039u);
  EXPECT_EQ(raw.Next(), 0x740d2502132d0f91u);
  EXPECT_EQ(raw.Next(), 0x4dd2f06d43c97302u);
  RandomStream bounded(7, "mutation", "ab12");
  for (const uint64_t expected : {9, 4, 3, 5, 2, 2, 7, 0, 0, 4}) {
    EXPECT_EQ(bounded.Below(10), expected);
  }
  RandomStream unit(7, "mutation", "ab12");
  EXPECT_DOUBLE_EQ(unit.Unit(), 0.9490006154650981);
  EXPECT_DOUBLE_EQ(unit.Unit(), 0.45332557011277086);
  RandomStream normal(7, "mutation", "ab12");
  EXPECT_NEAR(normal.Normal(), -2.335488408674662, 1e-12);
}

TEST(RandomStream, NamesSeparateStreams) {
  const uint64_t base = RandomStream(7, "mutation", "ab12").Next();
  EXPECT_NE(RandomStream(8, "mutation", "ab12").Next(), base);
  EXPECT_NE(RandomStream(7, "crossover", "ab12").Next(), base);
  EXPECT_NE(RandomStream(7, "mutation", "ab13").Next(), base);
  // The border between purpose and subject counts.
  EXPECT_NE(RandomStream(7, "ab", "c").Next(), RandomStream(7, "a", "bc").Next());
}

TEST(RandomStream, StateResumesTheStream) {
  RandomStream stream(1, "x");
  stream.Next();
  const auto state = stream.state();
  const uint64_t next = stream.Next();
  RandomStream other(2, "y");
  other.set_state(state);
  EXPECT_EQ(other.Next(), next);
}

TEST(RandomStream, BetweenReachesBothEndsAndIsUniform) {
  RandomStream stream(3, "between");
  int counts[7] = {};
  for (int i = 0; i < 70'000; ++i) ++counts[stream.Between(-3, 3) + 3];
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 500);  // 5 standard deviations
  EXPECT_EQ(stream.Between(5, 5), 5);
}

TEST(RandomStream, NormalHasItsMoments) {
  RandomStream stream(3, "normal");
  double sum = 0, squares = 0;
  constexpr int kCount = 40'000;
  for (int i = 0; i < kCount; ++i) {
    const double x = stream.Normal();
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / kCount, 0, 0.025);
  EXPECT_NEAR(squares / kCount, 1, 0.04);
}

TEST(RandomStream, ShuffleKeepsTheItems) {
  RandomStream stream(3, "shuffle");
  std::vector<int> items(50);
  for (int i = 0; i < 50; ++i) items[static_cast<size_t>(i)] = i;
  const std::vector<int> before = items;
  stream.Shuffle(&items);
  EXPECT_NE(items, before);
  std::sort(items.begin(), items.end());
  EXPECT_EQ(items, before);
}

TEST(RandomStreamDeathTest, RefusesEmptyRanges) {
  RandomStream stream(1, "x");
  EXPECT_DEATH(stream.Below(0), "check failed");
  EXPECT_DEATH(stream.Between(2, 1), "empty range");
}

}  // namespace
}  // namespace mcunas
