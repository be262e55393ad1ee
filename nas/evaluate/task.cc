#include "nas/evaluate/task.h"

#include <algorithm>

#include "common/check.h"
#include "nas/space/task_shape.h"

namespace mcunas {
namespace {

Outcomes LargestIsLabel(std::span<const float> outputs, std::span<const int> labels) {
  MCUNAS_CHECK(!labels.empty() && outputs.size() % labels.size() == 0,
               "as many outputs for every label");
  const size_t classes = outputs.size() / labels.size();
  std::vector<uint8_t> right;
  for (size_t i = 0; i < labels.size(); ++i) {
    const auto scores = outputs.subspan(i * classes, classes);
    right.push_back(std::max_element(scores.begin(), scores.end()) - scores.begin() == labels[i]);
  }
  return Outcomes(right);
}

double ShareOfLargest(std::span<const float> outputs, std::span<const int> labels) {
  return LargestIsLabel(outputs, labels).share();
}

}  // namespace

Task ImageClassification(const TaskShape& shape) {
  return {"image classification", shape,         Loss::kCrossEntropy, Score(),
          ShareOfLargest,         LargestIsLabel};
}

std::vector<Score> KnownScores() { return {ImageClassification({}).score}; }

}  // namespace mcunas
