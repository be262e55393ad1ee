// What is too large for the kernels and for the tables of their scheduler.
#pragma once

#include "common/expected.h"
#include "engine/codegen/build_program.h"

namespace mcunas {

// kUnsupported names the operator, with the nearest that the kernels can do.
Expected<void> CheckKernelLimits(const Network& network);

// Indices are 16 bits wide in the tables, offsets 32. kUnsupported says which are more.
Expected<void> CheckTableRanges(const ProgramTables& tables, const ExecutionPlan& plan);

}  // namespace mcunas
