// The ports through which the search talks to the world. Small, batched, replaceable by fakes.
// Thread rule: called from the search thread only, unless an implementation says more.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "common/expected.h"
#include "nas/evaluate/candidate.h"
#include "nas/evaluate/measurement.h"
#include "nas/space/architecture.h"
#include "network/float_network.h"
#include "network/image_batch.h"
#include "network/network.h"

namespace mcunas {

class StopToken;  // common/stop.h

struct ScoreResult {
  double score = 0;  // of the task (task.h), on the held-out split
  int images = 0;
};

// Scores of sub-networks with inherited weights.
class ScoreEvaluator {
 public:
  virtual ~ScoreEvaluator() = default;
  // One result per architecture, in order, whatever the batching. The same architecture always gets
  // the same number.
  virtual Expected<std::vector<ScoreResult>> Evaluate(std::span<const Architecture> batch) = 0;
};

enum class DataSplit { kHoldout, kTest };

// Where the way to the board begins: trained weights, and images to calibrate and judge them with.
class WeightsSource {
 public:
  virtual ~WeightsSource() = default;
  // Weights and recalibrated batch norm of one sub-network. With fine_tune_epochs > 0 a copy is
  // trained on alone for that long first (same data split, named random stream); what it was copied
  // from stays as it is. Deterministic. kInterrupted when `stop` strikes.
  virtual Expected<FloatNetwork> Extract(const Architecture& architecture, int64_t fine_tune_epochs,
                                         const StopToken& stop) = 0;
  // Normalised training images for int8 calibration, never augmented; fewer where there are fewer.
  // Deterministic.
  virtual Expected<ImageBatch> CalibrationImages(int resolution, int count) = 0;
  // A whole labelled split, resized and normalised like in training.
  virtual Expected<ImageBatch> Images(DataSplit split, int resolution) = 0;
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

// One network whose latency is known.
struct LatencySample {
  Network network;
  double milliseconds = 0;
  // Any unit, one per operator; empty where there is no profile.
  std::vector<int64_t> operator_ticks;
  double macs_factor = 1.0;  // of the plan that ran
};

// Predicts latency before a board is asked, and learns from what boards said.
class LatencyModel {
 public:
  virtual ~LatencyModel() = default;
  // `macs_factor`: MACs of the plan that will run / MACs of the network; all of the network's work
  // is taken to grow by it.
  virtual double PredictMs(const Network& network, double macs_factor) const = 0;
  // Replaces everything learned so far. Deterministic in the samples and their order.
  virtual void Fit(std::span<const LatencySample> samples) = 0;
  // Coefficients and fit as JSON, for the record.
  virtual std::string ToJson() const = 0;
};

}  // namespace mcunas
