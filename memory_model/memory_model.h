// The memory model: how many bytes of SRAM and flash a network takes, exactly as the generated code
// will take them.
//
// Counting rule, always all fields, in bytes: arena, kernel scratch, input, output, static
// read-write data, stack; flash: weights, constants, code. `arena` includes the resident input and
// the output of the last operator. Thread rule: pure functions. Cost: EstimatePeak O(L).
#pragma once

#include <string>
#include <vector>

#include "common/expected.h"
#include "common/units.h"
#include "memory_model/board_profile.h"
#include "memory_model/execution_plan.h"
#include "network/network.h"

namespace mcunas {

// Read-write data of the deployed program beside the buffers. The generated code has none; the
// start-up code of a bare C library keeps its reentrancy block and a clock variable.
constexpr Bytes kStaticDataEstimate(256);
// Stack of net_run with the deepest kernel, including the guard. An estimate that holds: the most
// that a virtual board measured is 1 092 bytes (docs/results/cifar10-f746).
constexpr Bytes kStackEstimate(1536);

struct PlanOptions {
  // Layer-wise plans keep the whole input in the arena; anything but kResident is our own bug
  // today.
  InputMode input_mode = InputMode::kResident;
};

// Lays the network out, one layer-wise group per operator. Pre-condition: VerifyNetwork holds.
//
// The overlap law (contract with the row kernels; every distance follows from it):
//   Output rows are computed from top to bottom. While output row y of a windowed operator (conv,
//   pointwise, depthwise, average pool) is computed, the kernel reads input rows
//   [y * stride - padding, y * stride - padding + kernel), clipped, and writes row y in any order.
//   So row y must not touch an input row that output rows >= y still need. The output may therefore
//   lie *below* its dying input by any distance from max over y of (y + 1) * out_row - max(0, y *
//   stride - padding) * in_row upwards; a stride 1 depthwise needs just padding + 1 rows beyond its
//   input, a pointwise one row (vMCU, MLSys 2024, at row granularity). Element-wise add may write
//   exactly over a dying operand, or obey the same rule with kernel 1. Global pool and fully
//   connected need their whole input until the end.
// Offsets are multiples of 4, the arena of 8; scratch lies behind the arena. In debug builds the
// plan is checked by ValidatePlan. The arena equals live_bound on chains; elsewhere it is the best
// found and normally within 1 % of it. Cost: tens of microseconds where the bound is met, a few
// milliseconds where it is searched for.
ExecutionPlan PlanMemory(const Network& network, const PlanOptions& options = {});

// One line of the per-operator table.
struct OperatorMemory {
  Bytes live;  // arena bytes covered by live tensors while it runs, overlap counted once
  Bytes scratch;
  Bytes weights;
  Bytes constants;  // biases, requantisation multipliers and shifts, parameter structs
  Macs macs;
};

struct MemoryReport {
  // total = arena + scratch + static_data + stack + output: SRAM needed on the board. `output` is
  // the caller's buffer of net_run; `input` lies inside the arena (resident) and is not added
  // again.
  Bytes arena, scratch, input, output, static_data, stack, total;
  Bytes weights, constants, code, flash_total;  // memory_model/flash_model.h
  Macs macs;
  std::vector<OperatorMemory> operators;
  std::string peak_reason;  // one sentence: which tensors are live at the peak
};

MemoryReport ReportMemory(const Network& network, const ExecutionPlan& plan);

// live_bound + scratch of PlanMemory without building the plan: for millions of candidates. Equal
// to arena + scratch on chains (every operator reads the one before it only), a lower bound
// elsewhere. Pre-condition: VerifyNetwork holds. No heap use up to 128 operators.
Bytes EstimatePeak(const Network& network);

// How a report relates to limits. A limit of 0 means none.
struct MemoryLimits {
  Bytes sram;
  Bytes flash;
  Macs macs;
};

struct LimitViolation {
  std::string what;  // "sram", "flash", "macs"
  int64_t limit = 0;
  int64_t needed = 0;
};

// Empty: it fits. A need equal to the limit fits. Order: sram, flash, macs.
std::vector<LimitViolation> CheckLimits(const MemoryReport& report, const MemoryLimits& limits);

}  // namespace mcunas
