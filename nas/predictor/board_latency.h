// BoardLatencyModel: the predictor behind the search's LatencyModel port, in milliseconds of one
// board.
#pragma once

#include "memory_model/board_profile.h"
#include "nas/evaluate/latency_model.h"
#include "nas/predictor/latency_predictor.h"
#include "nas/predictor/predictor_json.h"

namespace mcunas {

class BoardLatencyModel : public LatencyModel {
 public:
  // Uses the board's clock and cycles per instruction, both > 0.
  explicit BoardLatencyModel(const BoardProfile& board);

  // The interval follows from the spread of the fit, or of the prior (latency_predictor.h).
  LatencyPrediction Predict(const Network& network, double macs_factor) const override;
  void Fit(std::span<const LatencySample> samples) override;
  // PredictorToJson; ticks are instructions of the board.
  std::string ToJson() const override { return PredictorToJson(predictor_); }

  const LatencyPredictor& predictor() const { return predictor_; }

 private:
  double ms_per_tick_;
  LatencyPredictor predictor_ = PriorPredictor();
};

}  // namespace mcunas
