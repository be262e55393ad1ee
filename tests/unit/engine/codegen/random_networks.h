// Small random networks over all operators, odd sizes and residuals, for tests of generated code.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/codegen/emit_c.h"
#include "memory_model/execution_plan.h"
#include "network/network.h"
#include "network/quantized_network.h"

namespace mcunas {

// Deterministic in the seed; VerifyNetwork holds.
Network RandomNetwork(uint64_t seed);
std::vector<int8_t> RandomBytes(int64_t count, uint64_t seed);

// Every tensor in a place of its own: nothing overlaps.
ExecutionPlan SeparatePlan(const Network& network);
// The same for any groups: inner tensors are rings with room for all their pixels.
ExecutionPlan GroupPlan(const Network& network, std::vector<PlanGroup> groups,
                        InputMode mode = InputMode::kResident);

// Legal groups of random length, with random segments; strips and bands where nothing inside is
// read later.
std::vector<PlanGroup> RandomGroups(const Network& network, uint64_t seed);

// Another folder at each call, below the test's temporary folder.
std::string FreshFolder(const std::string& name);

}  // namespace mcunas
