// The two C files of a network: its tables of constants, and its program.
#pragma once

#include <string>
#include <vector>

#include "engine/codegen/fold_constants.h"
#include "memory_model/execution_plan.h"
#include "network/quantized_network.h"

namespace mcunas {

// What all texts of one network speak of.
struct GenerationInput {
  const QuantizedNetwork& network;
  const ExecutionPlan& plan;
  std::string lower;  // prefix of functions and files
  std::string upper;  // prefix of macros
  std::vector<FoldedConstants>
      constants;  // one per operator; empty tables where there are no weights
};

// Number of steps in the longest group.
int LongestGroup(const ExecutionPlan& plan);

std::string WeightsHeaderText(const GenerationInput& input);
std::string WeightsSourceText(const GenerationInput& input);
// Kernel parameters, operator table, placements and net_run.
std::string ProgramText(const GenerationInput& input);

}  // namespace mcunas
