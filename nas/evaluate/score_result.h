// ScoreResult: how good a network is at its task.
#pragma once

#include "nas/evaluate/outcomes.h"

namespace mcunas {

struct ScoreResult {
  double score = 0;  // of the task (task.h), on one split
  int images = 0;
  Outcomes outcomes = {};  // of those images; empty where the score is no share of right answers
};

}  // namespace mcunas
