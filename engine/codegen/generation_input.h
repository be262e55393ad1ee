// What all texts of one network speak of.
#pragma once

#include <string>
#include <vector>

#include "engine/codegen/build_program.h"
#include "engine/codegen/fold_constants.h"
#include "memory_model/execution_plan.h"
#include "network/quantized_network.h"

namespace mcunas {

struct GenerationInput {
  const QuantizedNetwork& network;
  const ExecutionPlan& plan;
  std::string lower;  // prefix of functions and files
  std::string upper;  // prefix of macros
  // One per operator; empty tables where there are no weights.
  std::vector<FoldedConstants> constants;
  ProgramTables tables;

  bool resident() const { return plan.input_mode == InputMode::kResident; }
  int regions() const { return 1 + static_cast<int>(plan.more_regions.size()); }
};

}  // namespace mcunas
