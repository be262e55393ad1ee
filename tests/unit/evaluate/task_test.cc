#include "nas/evaluate/task.h"

#include <gtest/gtest.h>

namespace mcunas {
namespace {

TEST(ImageClassification, TheScoreIsTheShareOfLabelsWithTheLargestOutput) {
  const Task task = ImageClassification({3, 3});
  const std::vector<float> outputs = {0.1f, 0.9f, 0.0f,  // class 1
                                      -5,   -7,   -6,    // class 0
                                      0.5f, 0.2f, 0.5f,  // the first of equal ones
                                      0,    0,    1};    // class 2
  EXPECT_EQ(task.decode(outputs, std::vector{1, 0, 0, 2}), 1.0);
  EXPECT_EQ(task.decode(outputs, std::vector{1, 0, 2, 2}), 0.75);
  EXPECT_EQ(task.decode(outputs, std::vector{0, 1, 1, 1}), 0.0);
}

TEST(ImageClassification, NamesItsScoresAsFilesKnowThem) {
  const Score score = ImageClassification({}).score;
  EXPECT_EQ(score.name, "accuracy");
  EXPECT_EQ(score.int8_name(), "int8_accuracy");
  EXPECT_EQ(score.test_name(), "test_accuracy");
  EXPECT_EQ(score.unit, "ratio");
  EXPECT_EQ(score.direction(), Direction::kMax);
}

TEST(Score, IsBetterTowardsItsBestValue) {
  const Score accuracy;
  EXPECT_TRUE(accuracy.IsBetter(0.9, 0.8));
  EXPECT_FALSE(accuracy.IsBetter(0.8, 0.8));
  const Score error{"error", "mm", 40, 0};
  EXPECT_EQ(error.direction(), Direction::kMin);
  EXPECT_TRUE(error.IsBetter(3, 5));
  EXPECT_FALSE(error.IsBetter(5, 3));
}

TEST(Score, FallsShortByNothingOfTheBestAndByOneOfTheWorst) {
  for (const Score& score : {Score{}, Score{"error", "mm", 40, 0}, Score{"auc", "ratio", 0.5, 1}}) {
    EXPECT_EQ(score.Shortfall(score.best), 0);
    EXPECT_EQ(score.Shortfall(score.worst), 1);
    EXPECT_EQ(score.Shortfall((score.best + score.worst) / 2), 0.5);
  }
}

}  // namespace
}  // namespace mcunas
