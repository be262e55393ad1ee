#include "common/text.h"

#include <gtest/gtest.h>

namespace mcunas {
namespace {

TEST(NearestName, FindsOneTypoOfEachKind) {
  const std::vector<std::string> names = {"population", "seed", "budget"};
  EXPECT_EQ(NearestName("populaton", names), "population");    // lost letter
  EXPECT_EQ(NearestName("populattion", names), "population");  // doubled letter
  EXPECT_EQ(NearestName("sede", names), "seed");               // swapped neighbours
  EXPECT_EQ(NearestName("bidget", names), "budget");           // wrong letter
}

TEST(NearestName, GivesUpBeyondTwoEdits) {
  EXPECT_EQ(NearestName("popltin", {"population"}), "");
  EXPECT_EQ(NearestName("xyz", {"abc"}), "");
  EXPECT_EQ(NearestName("pple", {"apples"}), "apples");
}

TEST(NearestName, NeedsSomethingInCommon) {
  EXPECT_EQ(NearestName("", {"a"}), "");
  EXPECT_EQ(NearestName("a", {"b"}), "");
  EXPECT_EQ(NearestName("ab", {"cd"}), "");
  EXPECT_EQ(NearestName(std::string(100, 'a'), {std::string(100, 'a')}), "");
}

TEST(NearestName, PrefersTheNearerThenTheEarlier) {
  EXPECT_EQ(NearestName("cat", {"carts", "cut", "cot"}), "cut");
}

TEST(Text, Joins) {
  EXPECT_EQ(Join({}, ", "), "");
  EXPECT_EQ(Join({"a"}, ", "), "a");
  EXPECT_EQ(Join({"a", "b", "c"}, ", "), "a, b, c");
}

TEST(Text, Trims) {
  EXPECT_EQ(Trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(Trim(" \n "), "");
  EXPECT_EQ(Trim(""), "");
}

}  // namespace
}  // namespace mcunas
