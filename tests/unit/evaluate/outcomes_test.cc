#include "nas/evaluate/outcomes.h"

#include <gtest/gtest.h>

#include <cmath>

#include "common/random.h"

namespace mcunas {
namespace {

std::vector<uint8_t> RandomAnswers(int count, double right, const char* name) {
  RandomStream random(1, name);
  std::vector<uint8_t> answers;
  for (int i = 0; i < count; ++i) answers.push_back(random.Chance(right));
  return answers;
}

TEST(Outcomes, ReadBackFromText) {
  for (const int count : {0, 1, 63, 64, 65, 200}) {
    const Outcomes outcomes(RandomAnswers(count, 0.6, "text"));
    EXPECT_EQ(outcomes.count(), count);
    EXPECT_EQ(Outcomes::FromText(outcomes.ToText()), outcomes);
  }
  EXPECT_EQ(Outcomes::FromText("0110").share(), 0.5);
}

// Against the definitions, one input after the other; lengths that end within a word.
TEST(ComparePaired, CountsWhatOnlyOneGotRight) {
  for (const int count : {1, 64, 100, 129, 1000}) {
    const auto a = RandomAnswers(count, 0.7, "a"), b = RandomAnswers(count + 37, 0.5, "b");
    double sum = 0, squares = 0;
    for (int i = 0; i < count; ++i) {
      const double d = a[static_cast<size_t>(i)] - b[static_cast<size_t>(i)];
      sum += d;
      squares += d * d;
    }
    const double mean = sum / count;
    const PairedDifference difference = ComparePaired(Outcomes(a), Outcomes(b));
    EXPECT_EQ(difference.count, count);
    EXPECT_NEAR(difference.mean(), mean, 1e-12);
    EXPECT_NEAR(difference.error(), std::sqrt((squares / count - mean * mean) / count), 1e-12);
    EXPECT_NEAR(ComparePaired(Outcomes(b), Outcomes(a)).mean(), -mean, 1e-12);
  }
}

TEST(McNemar, AgreesWithHandCounts) {
  EXPECT_DOUBLE_EQ(McNemar({0, 0, 100}), 1);
  EXPECT_DOUBLE_EQ(McNemar({5, 5, 100}), 1);
  EXPECT_NEAR(McNemar({10, 0, 100}), 2.0 / 1024, 1e-12);
  EXPECT_NEAR(McNemar({9, 1, 100}), 2 * 11.0 / 1024, 1e-12);
  EXPECT_NEAR(McNemar({1, 9, 100}), McNemar({9, 1, 100}), 1e-15);
  EXPECT_LT(McNemar({1200, 1000, 10000}), 1e-4);
}

}  // namespace
}  // namespace mcunas
