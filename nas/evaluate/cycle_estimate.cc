#include "nas/evaluate/cycle_estimate.h"

#include "common/check.h"

namespace mcunas {

double CyclesPerInstruction(const BoardProfile& board, const Operator& op) {
  const bool dense = HasWeights(op.kind) && op.out.height * op.out.width == 1;
  return dense ? board.cycles_per_instruction_dense : board.cycles_per_instruction;
}

CycleEstimate EstimateCycles(const Network& network, std::span<const int64_t> operator_instructions,
                             int64_t instructions, const BoardProfile& board) {
  MCUNAS_CHECK(operator_instructions.size() == network.operators.size(),
               "a profile has one count per operator");
  CycleEstimate estimate;
  int64_t between = instructions;
  for (size_t i = 0; i < operator_instructions.size(); ++i) {
    estimate.operator_cycles.push_back(CyclesPerInstruction(board, network.operators[i]) *
                                       static_cast<double>(operator_instructions[i]));
    estimate.cycles += estimate.operator_cycles.back();
    between -= operator_instructions[i];
  }
  // Below zero by what a profile costs, where operators were counted in a run with one.
  estimate.cycles += board.cycles_per_instruction * static_cast<double>(between);
  estimate.milliseconds = 1e3 * estimate.cycles / static_cast<double>(board.clock_hz);
  estimate.error = board.cycles_error;
  return estimate;
}

}  // namespace mcunas
