#include "common/names.h"

#include <gtest/gtest.h>

namespace mcunas {
namespace {

enum class Colour { kRed, kGreen, kBlue };

struct ColourRow {
  Colour value;
  const char* name;
  int wavelength;
};
constexpr ColourRow kColours[] = {{Colour::kGreen, "green", 550}, {Colour::kRed, "red", 700}};
constexpr Named<std::optional<int>> kSides[] = {{std::nullopt, "none"}, {4, "square"}};

TEST(Names, ReadInBothDirections) {
  EXPECT_STREQ(NameOf(kColours, Colour::kRed), "red");
  EXPECT_EQ(RowOf(kColours, Colour::kRed).wavelength, 700);
  for (const ColourRow& row : kColours) EXPECT_EQ(ValueOf(kColours, row.name), row.value);
  EXPECT_EQ(NamesOf(kColours), (std::vector<std::string>{"green", "red"}));
}

TEST(Names, KnowNothingElse) {
  for (const char* name : {"", "gree", "greens", "Green"}) {
    EXPECT_FALSE(ValueOf(kColours, name)) << name;
  }
  EXPECT_DEATH(NameOf(kColours, Colour::kBlue), "table of names");
}

TEST(Names, AnAbsentValueMayHaveOne) {
  EXPECT_STREQ(NameOf(kSides, std::optional<int>()), "none");
  ASSERT_TRUE(ValueOf(kSides, "none"));
  EXPECT_EQ(*ValueOf(kSides, "none"), std::nullopt);
  EXPECT_FALSE(ValueOf(kSides, "cube"));
}

}  // namespace
}  // namespace mcunas
