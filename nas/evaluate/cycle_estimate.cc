#include "nas/evaluate/cycle_estimate.h"

#include "common/check.h"
#include "network/network.h"

namespace mcunas {

double CyclesPerInstruction(const BoardProfile& board, const Operator& op) {
  const bool dense = HasWeights(op.kind) && op.out.height * op.out.width == 1;
  return dense ? board.cycles_per_instruction_dense : board.cycles_per_instruction;
}

double MillisecondsOf(double cycles, const BoardProfile& board) {
  return 1e3 * cycles / static_cast<double>(board.clock_hz);
}

CycleEstimate EstimateCycles(const Network& network, const InstructionCounts& counts,
                             const BoardProfile& board) {
  MCUNAS_CHECK(counts.operators.empty() || counts.operators.size() == network.operators.size(),
               "a profile has one count per operator");
  CycleEstimate estimate;
  int64_t between = counts.total;
  for (size_t i = 0; i < counts.operators.size(); ++i) {
    estimate.operator_cycles.push_back(CyclesPerInstruction(board, network.operators[i]) *
                                       static_cast<double>(counts.operators[i]));
    estimate.cycles += estimate.operator_cycles.back();
    between -= counts.operators[i];
  }
  // Below zero by what a profile costs, where operators were counted in a run with one.
  estimate.cycles += board.cycles_per_instruction * static_cast<double>(between);
  estimate.milliseconds = MillisecondsOf(estimate.cycles, board);
  estimate.error = board.cycles_error;
  return estimate;
}

double EstimateMs(double instructions, const BoardProfile& board) {
  return MillisecondsOf(board.cycles_per_instruction * instructions, board);
}

double LatencyMs(const Network& network, const Measurement& measurement,
                 const BoardProfile& board) {
  const int64_t ticks = measurement.median_ticks();
  if (measurement.source == Source::kMeasured && measurement.clock_hz > 0) {
    return 1e3 * static_cast<double>(ticks) / static_cast<double>(measurement.clock_hz);
  }
  InstructionCounts counts{ticks, {}};
  const auto& profile = measurement.operator_ticks;
  if (profile.size() == network.operators.size()) counts.operators = profile;
  return EstimateCycles(network, counts, board).milliseconds;
}

}  // namespace mcunas
