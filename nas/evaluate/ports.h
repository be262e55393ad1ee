// The ports through which the search talks to the world. Small, batched, replaceable by fakes. Two
// more, whose values are networks: weights_source.h, latency_model.h.
// Thread rule: called from the search thread only, unless an implementation says more.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "common/expected.h"
#include "nas/evaluate/candidate.h"
#include "nas/evaluate/measurement.h"
#include "nas/evaluate/score_result.h"
#include "nas/space/architecture.h"

namespace mcunas {

class StopToken;  // common/stop.h

// Scores of sub-networks with inherited weights.
class ScoreEvaluator {
 public:
  virtual ~ScoreEvaluator() = default;
  // One result per architecture, in order, whatever the batching. The same architecture always gets
  // the same number.
  virtual Expected<std::vector<ScoreResult>> Evaluate(std::span<const Architecture> batch) = 0;
  // The same on the first `images` > 0 of the split only, or on all: whoever cannot do less may do
  // more, and says so in the result.
  virtual Expected<std::vector<ScoreResult>> EvaluateFirst(std::span<const Architecture> batch,
                                                           int images) {
    (void)images;
    return Evaluate(batch);
  }
};

// Runs firmware on boards.
class LatencyEvaluator {
 public:
  virtual ~LatencyEvaluator() = default;
  // One outcome per request, in order. Infrastructure failures are retried inside, for as long as
  // `stop` allows; kInterrupted when it strikes. Blocks until all are done.
  virtual Expected<std::vector<MeasurementOutcome>> Measure(
      std::span<const MeasurementRequest> batch, const StopToken& stop) = 0;
};

// Cheap facts: memory, flash, MACs against the limits. Never a fake number.
class MemoryEvaluator {
 public:
  virtual ~MemoryEvaluator() = default;
  // Adds arena, SRAM, flash, MACs, plan MACs and MACs factor of the candidate's best plan to
  // record.metrics; sets kInfeasible, the reason and the violation where a limit is broken.
  virtual void Evaluate(CandidateRecord* record) const = 0;
};

// The whole way to the board for a few good candidates: int8, generated C, firmware, measurement.
class FinalistEvaluator {
 public:
  virtual ~FinalistEvaluator() = default;
  // Adds the score of the int8 code and what every board says to each record, or sets its
  // failure. Errors only for what concerns the whole run: kInterrupted when
  // `stop` strikes, or what the file system refuses.
  virtual Expected<void> Evaluate(std::span<CandidateRecord* const> finalists, int round,
                                  const StopToken& stop) = 0;
};

}  // namespace mcunas
