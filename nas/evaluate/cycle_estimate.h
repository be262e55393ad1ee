// Latency of one inference from what a board counted: the one formula of docs/cycle-model.md.
// Search, predictor, `measure` and `profile` ask here; the report prints what they recorded.
//
// Cycles of a physical board over its clock are a measurement. Instructions that an emulator
// counted become an estimate, with the constants of the board that is meant. Thread rule: pure
// functions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "memory_model/board_profile.h"
#include "nas/evaluate/measurement.h"

namespace mcunas {

struct Network;   // network/network.h
struct Operator;  // network/network.h

// Executed instructions of one inference, counted on a core like the board's.
struct InstructionCounts {
  int64_t total = 0;
  std::span<const int64_t> operators;  // one number per operator; empty: nobody counted them
};

struct CycleEstimate {
  std::vector<double> operator_cycles;  // one per operator; empty without counts of operators
  double cycles = 0;                    // of one inference, what lies between operators included
  double milliseconds = 0;              // at the board's clock
  double error = 0;                     // relative; see BoardProfile::cycles_error
};

// Cycles per executed instruction of this operator on this board: those of dense operators where
// every weight is used once (fully connected, convolutions with one output pixel).
double CyclesPerInstruction(const BoardProfile& board, const Operator& op);

// At the board's clock.
double MillisecondsOf(double cycles, const BoardProfile& board);

// What no operator explains (copying the input, moves) costs what operators in general cost;
// without counts of operators that is everything.
CycleEstimate EstimateCycles(const Network& network, const InstructionCounts& counts,
                             const BoardProfile& board);

// The estimate of instructions of which nothing but their number is known.
double EstimateMs(double instructions, const BoardProfile& board);

// Median latency of a measurement in ms: measured cycles over their clock, or the estimate for
// `board` from emulated instructions. A profile of another network than `network` (other number of
// operators) is left out.
double LatencyMs(const Network& network, const Measurement& measurement, const BoardProfile& board);

}  // namespace mcunas
