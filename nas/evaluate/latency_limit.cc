#include "nas/evaluate/latency_limit.h"

#include <fmt/format.h>

#include "common/check.h"
#include "nas/evaluate/latency_model.h"
#include "nas/space/lower.h"
#include "network/network.h"

namespace mcunas {

std::optional<LatencyViolation> CheckLatency(const CandidateRecord& record, double limit_ms) {
  if (const Metric* said = FindMetric(record, metric::kLatency)) {
    if (said->value <= limit_ms) return std::nullopt;
    return LatencyViolation{fmt::format("latency: {} {:.4g} ms, limit {:.4g} ms",
                                        SourceName(said->source), said->value, limit_ms),
                            said->value / limit_ms - 1};
  }
  const auto least = MetricValue(record, metric::kPredictedLatencyLow);
  if (!least || *least <= limit_ms) return std::nullopt;
  return LatencyViolation{
      fmt::format("latency: {:.4g} ms or more (predicted {:.4g} ms), limit {:.4g} ms", *least,
                  MetricValue(record, metric::kPredictedLatency).value_or(*least), limit_ms),
      *least / limit_ms - 1};
}

void FailBeyondLatency(double limit_ms, CandidateRecord* record) {
  if (limit_ms <= 0 || !record->usable()) return;
  const auto violation = CheckLatency(*record, limit_ms);
  if (!violation) return;
  record->failure = FailureClass::kInfeasible;
  record->failure_reason = violation->reason;
  record->violation = violation->excess;
}

void StorePrediction(const LatencyPrediction& prediction, double limit_ms,
                     CandidateRecord* record) {
  const auto store = [&](const char* name, double value) {
    record->metrics[name] = {value, "ms", Source::kAnalytic};
  };
  store(metric::kPredictedLatency, prediction.milliseconds);
  if (limit_ms <= 0) return;
  store(metric::kPredictedLatencyLow, prediction.low);
  store(metric::kPredictedLatencyHigh, prediction.high);
}

LatencyGate::LatencyGate(const SpaceConfig& space, const TaskShape& task, double limit_ms,
                         const MemoryEvaluator& memory, const LatencyModel* model)
    : space_(space), task_(task), limit_ms_(limit_ms), memory_(memory), model_(model) {
  MCUNAS_CHECK(limit_ms <= 0 || model != nullptr, "a limit on latency needs a model");
}

void LatencyGate::Evaluate(CandidateRecord* record) const {
  memory_.Evaluate(record);
  if (limit_ms_ <= 0) return;
  const Network network = Lower(space_, task_, record->architecture);
  StorePrediction(model_->Predict(network, MacsFactor(*record)), limit_ms_, record);
  const auto violation = CheckLatency(*record, limit_ms_);
  if (!violation) return;
  if (!record->failure_reason.empty()) record->failure_reason += "; ";
  record->failure = FailureClass::kInfeasible;
  record->failure_reason += violation->reason;
  record->violation += violation->excess;
}

}  // namespace mcunas
