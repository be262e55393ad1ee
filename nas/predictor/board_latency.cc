#include "nas/predictor/board_latency.h"

#include "common/check.h"
#include "nas/evaluate/cycle_estimate.h"
#include "nas/evaluate/latency_model.h"

namespace mcunas {

BoardLatencyModel::BoardLatencyModel(const BoardProfile& board)
    : ms_per_tick_(EstimateMs(1, board)) {
  MCUNAS_CHECK(board.clock_hz > 0 && board.cycles_per_instruction > 0, "a board has a clock");
}

LatencyPrediction BoardLatencyModel::Predict(const Network& network, double macs_factor) const {
  constexpr double kDeviations = 1.96;  // of a 95 % interval
  const TickPrediction prediction = PredictTicks(predictor_, network);
  const double milliseconds = prediction.ticks * macs_factor * ms_per_tick_;
  // As a factor to both sides: a latency is never negative.
  const double factor = 1 + kDeviations * prediction.spread;
  return {milliseconds, milliseconds / factor, milliseconds * factor};
}

void BoardLatencyModel::Fit(std::span<const LatencySample> samples) {
  std::vector<TickSample> ticks;
  for (const LatencySample& sample : samples) {
    TickSample& tick = ticks.emplace_back();
    tick.network = sample.network;
    // What the network would have taken without recomputation.
    tick.ticks = sample.milliseconds / (ms_per_tick_ * sample.macs_factor);
    tick.operator_ticks.assign(sample.operator_ticks.begin(), sample.operator_ticks.end());
  }
  predictor_ = FitPredictor(ticks);
}

}  // namespace mcunas
