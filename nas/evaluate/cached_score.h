// CachedScore: never asks a ScoreEvaluator the same question twice, not even after a kill.
#pragma once

#include <functional>
#include <span>
#include <string>
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

  Expected<std::vector<ScoreResult>> Evaluate(std::span<const Architecture> batch) override {
    return EvaluateFirst(batch, 0);
  }
  // Kept apart from the scores on other numbers of images. Here 0 is all of them.
  Expected<std::vector<ScoreResult>> EvaluateFirst(std::span<const Architecture> batch,
                                                   int images) override;

 private:
  // The kind of such results in the study.
  std::string KindOf(int images) const;
  Expected<void> EvaluateMissing(std::span<const Architecture> batch,
                                 std::span<const size_t> missing, int images,
                                 std::vector<ScoreResult>* results);

  Score score_;
  ScoreEvaluator& inner_;
  Study& study_;
  const StopToken& stop_;
  KeyFn key_;
};

}  // namespace mcunas
