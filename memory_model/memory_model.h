// The memory model: how many bytes of SRAM and flash a network takes, exactly as the generated code
// will take them.
//
// Counting rule, always all fields, in bytes: arena, kernel scratch, input, output, static read-write
// data, stack; flash: weights, constants, code. `arena` includes the resident input and the output of
// the last operator.
// Thread rule: pure functions. Cost: PlanMemory O(L^2) worst case, EstimatePeak O(L).
#pragma once

#include <string>
#include <vector>

#include "common/expected.h"
#include "common/units.h"
#include "memory_model/board_profile.h"
#include "memory_model/execution_plan.h"
#include "network/network.h"

namespace mcunas {

struct PlanOptions {
  InputMode input_mode = InputMode::kResident;
};

// Lays the network out. Pre-condition: VerifyNetwork holds.
ExecutionPlan PlanMemory(const Network& network, const PlanOptions& options = {});

// One line of the per-operator table.
struct OperatorMemory {
  Bytes live;     // all live tensors while it runs, overlap counted once
  Bytes scratch;
  Bytes weights;
  Bytes constants;  // biases, requantisation multipliers and shifts
  Macs macs;
};

struct MemoryReport {
  Bytes arena, scratch, input, output, static_data, stack, total;  // total = SRAM needed on the board
  Bytes weights, constants, code, flash_total;
  Macs macs;
  std::vector<OperatorMemory> operators;
  std::string peak_reason;  // one sentence: which tensors are live at the peak
};

MemoryReport ReportMemory(const Network& network, const ExecutionPlan& plan);

// arena + scratch of PlanMemory without building the plan: for millions of candidates.
Bytes EstimatePeak(const Network& network);

// How a report relates to limits. A limit of 0 means none.
struct MemoryLimits {
  Bytes sram;
  Bytes flash;
  Macs macs;
};

struct LimitViolation {
  std::string what;   // "sram", "flash", "macs"
  int64_t limit = 0;
  int64_t needed = 0;
};

// Empty: it fits.
std::vector<LimitViolation> CheckLimits(const MemoryReport& report, const MemoryLimits& limits);

}  // namespace mcunas
