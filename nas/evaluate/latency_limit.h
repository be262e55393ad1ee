// The limit on latency. What a board said decides; before it has spoken, a network is outside only
// where even the lower end of its prediction's interval is.
#pragma once

#include <optional>
#include <string>

#include "nas/evaluate/ports.h"
#include "nas/evaluate/target_limits.h"
#include "nas/space/space_config.h"
#include "nas/space/task_shape.h"

namespace mcunas {

class LatencyModel;        // nas/evaluate/latency_model.h
struct LatencyPrediction;  // nas/evaluate/latency_model.h

struct LatencyViolation {
  // "latency: measured 12.3 ms, limit 10 ms",
  // "latency: 12.3 ms or more (predicted 15.1 ms), limit 10 ms"
  std::string reason;
  double excess = 0;  // needed / limit - 1
};

// Of a record that has been measured, or that StorePrediction has seen; nothing for one that keeps
// the limit or of whose latency nothing is known. Limit > 0.
std::optional<LatencyViolation> CheckLatency(const CandidateRecord& record, double limit_ms);

// Fails a usable record that breaks the limit; a limit of 0 is none.
void FailBeyondLatency(double limit_ms, CandidateRecord* record);

// The prediction and, where there is a limit to hold it against, both ends of its interval.
void StorePrediction(const LatencyPrediction& prediction, double limit_ms, CandidateRecord* record);

// A memory evaluator that also asks the latency model, where there is a limit: every network that
// it lets pass keeps all limits as far as is known. What it says of a network changes when the
// model learns. Copies the values, borrows evaluator and model; the model may be null where the
// limit is 0. Thread rule: that of the two it borrows.
class LatencyGate : public MemoryEvaluator {
 public:
  LatencyGate(const SpaceConfig& space, const TaskShape& task, double limit_ms,
              const MemoryEvaluator& memory, const LatencyModel* model);

  void Evaluate(CandidateRecord* record) const override;

 private:
  SpaceConfig space_;
  TaskShape task_;
  double limit_ms_;
  const MemoryEvaluator& memory_;
  const LatencyModel* model_;
};

}  // namespace mcunas
