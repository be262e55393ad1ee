// The memory model: how many bytes of SRAM and flash a network takes, exactly as the generated code
// will take them.
//
// Counting rule, always all fields, in bytes: arena, kernel scratch, input, output, static
// read-write data, stack; flash: weights, constants, code. `arena` includes the resident input and
// the output of the last operator. Thread rule: pure functions. Cost: O(operators * groups).
#pragma once

#include <string>
#include <vector>

#include "common/units.h"
#include "memory_model/execution_plan.h"
#include "network/network.h"

namespace mcunas {

// Read-write data of the deployed program beside the buffers. The generated code has none; the
// start-up code of a bare C library keeps its reentrancy block and a clock variable.
constexpr Bytes kStaticDataEstimate(256);
// Stack of net_run with the deepest kernel, including the guard. An estimate that holds: virtual
// boards measured 1 040 bytes and 16 for each operator of the longest group (kMostOperators).
constexpr Bytes kStackEstimate(1536);

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

}  // namespace mcunas
