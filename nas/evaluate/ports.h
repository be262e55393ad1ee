// The ports through which the search talks to the world. Small, batched, replaceable by fakes.
// Thread rule: called from the search thread only, unless an implementation says more.
#pragma once

#include <span>
#include <vector>

#include "common/expected.h"
#include "common/stop.h"
#include "nas/evaluate/candidate.h"
#include "nas/evaluate/measurement.h"
#include "network/float_network.h"

namespace mcunas {

struct AccuracyResult {
  double top1 = 0;  // in [0, 1], held-out split
  int images = 0;
};

// Accuracy of sub-networks with inherited weights.
class AccuracyEvaluator {
 public:
  virtual ~AccuracyEvaluator() = default;
  // One result per architecture, in order, whatever the batching. The same architecture always gets the
  // same number.
  virtual Expected<std::vector<AccuracyResult>> Evaluate(std::span<const Architecture> batch) = 0;
};

// Runs firmware on boards.
class LatencyEvaluator {
 public:
  virtual ~LatencyEvaluator() = default;
  // One outcome per request, in order. Infrastructure failures are retried inside, for as long as `stop`
  // allows; kInterrupted when it strikes. Blocks until all are done.
  virtual Expected<std::vector<MeasurementOutcome>> Measure(std::span<const MeasurementRequest> batch,
                                                            const StopToken& stop) = 0;
};

// Cheap facts: memory, flash, MACs against the limits. Never a fake number.
class MemoryEvaluator {
 public:
  virtual ~MemoryEvaluator() = default;
  // Adds arena, SRAM, flash and MACs to record.metrics; sets kInfeasible and the reason where a limit is
  // broken. Cost: microseconds.
  virtual void Evaluate(CandidateRecord* record) const = 0;
};

}  // namespace mcunas
