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
// Stack of net_run with the deepest kernel, including the guard. An estimate that holds: virtual
// boards measured 1 040 bytes and 16 for each operator of the longest group (kMostOperators).
constexpr Bytes kStackEstimate(1536);

// Which kinds of groups the planner may use. Layer-wise groups are always allowed.
struct PlanModes {
  bool row_stream = true;
  bool strips = true;    // only where max_macs_factor > 1 or an SRAM limit asks for it
  bool patches = false;  // MCUNetV2's p x p tiles; dominated by strips, for comparison
  bool channel_tiles = true;
  // Columns. Of segments of 8 all published networks take at most 1.04 times the instructions of
  // layer-wise execution; smaller ones save a few per cent of the arena and cost more. A large
  // number keeps to whole rows. Strips, which cost anyway, may use smaller ones.
  int smallest_segment = 8;

  static PlanModes LayerwiseOnly() { return {false, false, false, false, 8}; }
};

struct PlanOptions {
  InputMode input_mode = InputMode::kResident;
  double max_macs_factor = 1.0;
  // 0: the smallest arena within max_macs_factor. Otherwise the plan with the fewest MACs, then the
  // least overhead, whose arena + scratch fits; where none does, the smallest arena of all:
  // compare.
  Bytes sram;
  PlanModes modes;
};

// A plan that no other of the family beats in both numbers.
struct ParetoPoint {
  Bytes arena;
  double macs_factor = 1.0;
};

// The best plan of the family described in execution_plan.h, by exact dynamic programming over
// groups (i, j, mode), laid out byte by byte. Pre-condition: VerifyNetwork holds; the operators are
// executed in the order in which they stand (see operator_order.h). The arena equals
// plan.live_bound. In debug builds the plan is checked by ValidatePlan.
ExecutionPlan PlanMemory(const Network& network, const PlanOptions& options = {});

// All non-dominated (arena, MACs) pairs within max_macs_factor (0 = any), smallest factor first.
std::vector<ParetoPoint> PlanPareto(const Network& network, const PlanOptions& options = {});

// PlanMemory's arena without laying anything out: for the inside of a search.
Bytes SmallestArena(const Network& network, const PlanOptions& options = {});

// Whether some plan takes at most `arena` bytes: the cheapest question, answered first from
// layer-wise groups, then from whole rows, then from segments.
bool FitsArena(const Network& network, Bytes arena, const PlanOptions& options = {});

// One line of the per-operator table.
struct OperatorMemory {
  Bytes live;  // arena bytes in use while its group runs, overlap counted once
  Bytes scratch;
  Bytes weights;
  Bytes constants;  // biases, requantisation multipliers and shifts, parameter structs
  Macs macs;
};

struct MemoryReport {
  // total = arena + scratch + static_data + stack + output: SRAM needed in region 0 of the board;
  // plan.more_regions come on top. `output` is
  // the caller's buffer of net_run; `input` (the whole image, or the ring of a streamed one) lies
  // inside the arena and is not added again.
  Bytes arena, scratch, input, output, static_data, stack, total;
  Bytes weights, constants, code, flash_total;  // memory_model/flash_model.h
  Macs macs;                                    // of the network
  Macs executed_macs;                           // with what the plan recomputes
  std::vector<OperatorMemory> operators;
  std::string peak_reason;  // one sentence: which tensors are live at the peak
};

MemoryReport ReportMemory(const Network& network, const ExecutionPlan& plan);

// arena + scratch of the layer-wise plan with resident input (PlanModes::LayerwiseOnly), for
// millions of candidates. Pre-condition: VerifyNetwork holds. Cost: O(L), no heap up to 128
// operators.
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
