// Cycles of a physical board from instructions that an emulator counted: the model of
// docs/cycle-model.md. An estimate, never a measurement. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "memory_model/board_profile.h"
#include "network/network.h"

namespace mcunas {

struct CycleEstimate {
  std::vector<double> operator_cycles;  // one per operator
  double cycles = 0;                    // of one inference, what lies between operators included
  double milliseconds = 0;              // at the board's clock
  double error = 0;                     // relative; see BoardProfile::cycles_error
};

// Cycles per executed instruction of this operator on this board: those of dense operators where
// every weight is used once (fully connected, convolutions with one output pixel).
double CyclesPerInstruction(const BoardProfile& board, const Operator& op);

// `operator_instructions`: executed instructions, one number per operator of `network`, counted on
// a core like the board's. `instructions`: of one whole inference; what the operators do not
// explain (copying the input, moves) costs what operators in general cost.
CycleEstimate EstimateCycles(const Network& network, std::span<const int64_t> operator_instructions,
                             int64_t instructions, const BoardProfile& board);

}  // namespace mcunas
