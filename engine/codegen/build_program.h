// ExecutionPlan -> the tables of the scheduler (kernels/mcu_run.h), as numbers and C names.
#pragma once

#include <string>
#include <vector>

#include "common/expected.h"
#include "engine/codegen/fold_constants.h"
#include "memory_model/execution_plan.h"
#include "network/quantized_network.h"

namespace mcunas {

// One parameter struct of a kernel: operator `op`, or a run of its channels.
struct KernelParameters {
  int op = 0;
  int tile = -1;  // -1: the whole operator
  ChannelSlice slice;
  bool adds_bias = true;  // false: later runs of a sum
};

struct ProgramOperand {
  int placement = 0, producer = -1, access = 0, tile = -1;
};

struct ProgramStep {
  const char* kernel = nullptr;  // C name; nullptr: rows of the input
  int parameters = -1;           // index into ProgramTables::parameters
  int operands = 0, operand_count = 0;
  int output = 0, scratch = 0;
  int height = 0, width = 0;
  int limit = 0;
  int flags = 0;
  int op = -1;
};

struct ProgramPlacement {
  int64_t offset = 0, ring_pixels = 0, pixel_bytes = 0;
  int width = 0, height = 0, region = 0;
};

struct ProgramAxis {
  int stride = 1, upscale = 1, first = 0, last = 0;
  bool operator==(const ProgramAxis&) const = default;
};

struct ProgramAccess {
  ProgramAxis rows, columns;
  bool operator==(const ProgramAccess&) const = default;
};

struct ProgramGroup {
  int first = 0, last = 0, strips = 1, bands = 1, moves = 0;
};

struct ProgramMove {
  int64_t from = 0, to = 0, bytes = 0;
  int from_region = 0, to_region = 0;
};

struct ProgramTables {
  std::vector<KernelParameters> parameters;
  std::vector<ProgramStep> steps;
  std::vector<ProgramPlacement> placements;
  std::vector<ProgramOperand> operands;
  std::vector<ProgramAccess> accesses;
  std::vector<ProgramGroup> groups;
  std::vector<ProgramMove> moves;
  int input = 0;             // placement of the network's input
  std::vector<int> outputs;  // placements of its outputs at the end

  int LongestGroup() const;
};

// Pre-condition: the plan is one of this network and valid (ValidatePlan); what would break the
// tables stops. kUnsupported names an operator that is too large for the kernels.
Expected<ProgramTables> BuildProgram(const Network& network, const ExecutionPlan& plan);

}  // namespace mcunas
