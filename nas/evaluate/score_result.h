// ScoreResult: how good a network is at its task.
#pragma once

namespace mcunas {

struct ScoreResult {
  double score = 0;  // of the task (task.h), on one split
  int images = 0;
};

}  // namespace mcunas
