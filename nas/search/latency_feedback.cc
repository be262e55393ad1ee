#include "nas/search/latency_feedback.h"

#include "nas/evaluate/latency_limit.h"
#include "nas/evaluate/latency_model.h"
#include "nas/evaluate/statistics.h"

namespace mcunas {
namespace {

// A network that is too slow teaches as much as another.
bool IsMeasured(const CandidateRecord& record) {
  return record.failure != FailureClass::kCandidate &&
         MetricValue(record, metric::kLatency).value_or(0) > 0;
}

}  // namespace

void LatencyFeedback::Add(CandidateRecord* record, Network network) {
  if (model_ == nullptr) return;
  StorePrediction(model_->Predict(network, MacsFactor(*record)), limit_ms_, record);
  networks_.emplace(record->index, std::move(network));
}

std::vector<size_t> LatencyFeedback::Refit(std::span<CandidateRecord> history) {
  std::vector<size_t> changed;
  if (model_ == nullptr) return changed;
  std::vector<LatencySample> samples;
  for (const CandidateRecord& record : history) {
    if (!IsMeasured(record)) continue;
    const BoardResult* board = HeadlineResult(record);
    samples.push_back({networks_.at(record.index), *MetricValue(record, metric::kLatency),
                       board == nullptr ? std::vector<int64_t>() : board->operator_ticks,
                       MacsFactor(record)});
  }
  if (samples.size() == fitted_) return changed;  // nothing new
  fitted_ = samples.size();
  model_->Fit(samples);
  for (size_t i = 0; i < history.size(); ++i) {
    const auto network = networks_.find(history[i].index);
    if (network == networks_.end() || IsMeasured(history[i])) continue;
    StorePrediction(model_->Predict(network->second, MacsFactor(history[i])), limit_ms_,
                    &history[i]);
    changed.push_back(i);
  }
  for (CandidateRecord& record : history) Judge(&record);
  return changed;
}

void LatencyFeedback::Judge(CandidateRecord* record) const {
  if (limit_ms_ <= 0 || networks_.count(record->index) == 0) return;
  if (record->failure == FailureClass::kInfeasible) {  // of an earlier judgement
    record->failure = FailureClass::kNone;
    record->failure_reason.clear();
    record->violation = 0;
  }
  FailBeyondLatency(limit_ms_, record);
}

void LatencyFeedback::Describe(std::span<const CandidateRecord> history, RoundRecord* round) const {
  std::vector<double> predicted, measured;
  for (const CandidateRecord& record : history) {
    if (!IsMeasured(record)) continue;
    ++round->measured;
    const auto prediction = MetricValue(record, metric::kPredictedLatency);
    if (!prediction) continue;
    predicted.push_back(*prediction);
    measured.push_back(*MetricValue(record, metric::kLatency));
  }
  round->latency_error = MeanRelativeError(predicted, measured);
  round->latency_tau = KendallTau(predicted, measured);
  if (model_ != nullptr) round->predictor_json = model_->ToJson();
}

}  // namespace mcunas
