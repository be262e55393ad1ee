// Task: what a network is to learn, and how one sees how well it has. Everything that search,
// records, report and finalists need to know of a task stands here: another task is another value.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "nas/evaluate/objective.h"
#include "nas/evaluate/outcomes.h"
#include "nas/space/task_shape.h"

namespace mcunas {

namespace metric {
inline constexpr const char* kAccuracy = "accuracy";  // the score of image classification
}

// The one number by which the networks of a task compare.
struct Score {
  std::string name = metric::kAccuracy;  // key of the metric
  std::string unit = "ratio";            // of Metric
  double worst = 0;                      // of a network that knows nothing
  double best = 1;                       // of a perfect one; another value than `worst`

  Direction direction() const { return best > worst ? Direction::kMax : Direction::kMin; }
  bool IsBetter(double a, double b) const { return best > worst ? a > b : a < b; }
  // 0 for the best value, 1 for the worst.
  double Shortfall(double value) const { return (value - best) / (worst - best); }

  // Keys of the same score where int8 code reached it: on the whole held-out split, on the part of
  // it that search rounds look at, on the test set.
  std::string int8_name() const { return "int8_" + name; }
  std::string round_int8_name() const { return "round_int8_" + name; }
  std::string test_name() const { return "test_" + name; }
  // Where the very weights that became int8 reached it in floating point: held-out, test.
  std::string float_name() const { return "float_" + name; }
  std::string float_test_name() const { return "float_test_" + name; }
  // Key of the number of images (or whatever is judged) that a score was counted on.
  static std::string count_name(const std::string& score) { return score + "_images"; }
};

// What training minimises.
enum class Loss { kCrossEntropy };

struct Task {
  std::string name;
  TaskShape shape;  // of the image and of the head
  Loss loss = Loss::kCrossEntropy;
  Score score;
  // The score of real outputs, [labels.size(), outputs per input] row-major. There is a label.
  std::function<double(std::span<const float> outputs, std::span<const int> labels)> decode;
  // Which of them are right, where the score is the share of right ones; else empty.
  std::function<Outcomes(std::span<const float> outputs, std::span<const int> labels)> judge = {};
};

// One of `shape.classes` classes per image; the score is the share of images whose largest output
// (the first of equal ones) is the label.
Task ImageClassification(const TaskShape& shape);

// The scores of all tasks there are: words of search.objectives.
std::vector<Score> KnownScores();

}  // namespace mcunas
