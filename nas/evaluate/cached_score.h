// CachedScore: never asks a ScoreEvaluator the same question twice, not even after a kill.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "common/stop.h"
#include "nas/evaluate/ports.h"
#include "nas/evaluate/study.h"
#include "nas/evaluate/task.h"
#include "nas/space/architecture.h"

namespace mcunas {

// Answers from the study where it can; asks `inner` for the rest in small batches and commits each.
// Borrows all its arguments. Errors of `inner` and of the study pass through; kInterrupted when
// `stop` strikes between batches (what was evaluated so far is kept).
class CachedScore : public ScoreEvaluator {
 public:
  using KeyFn = std::function<Hash128(const Architecture&)>;

  // `key`: architectures with equal keys have equal scores.
  CachedScore(const Score& score, ScoreEvaluator& inner, Study& study, const StopToken& stop,
              KeyFn key)
      : score_(score), inner_(inner), study_(study), stop_(stop), key_(std::move(key)) {}

  Expected<std::vector<ScoreResult>> Evaluate(std::span<const Architecture> batch) override;

 private:
  Expected<void> EvaluateMissing(std::span<const Architecture> batch,
                                 std::span<const size_t> missing,
                                 std::vector<ScoreResult>* results);

  Score score_;  // its name is the kind of the results in the study
  ScoreEvaluator& inner_;
  Study& study_;
  const StopToken& stop_;
  KeyFn key_;
};

}  // namespace mcunas
