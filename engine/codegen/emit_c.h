// QuantizedNetwork + ExecutionPlan -> a C11 project without heap, globals or libc beyond memcpy.
//
// The generated interface is that of ARCHITECTURE.md, "Generated C": NET_ARENA_BYTES, net_run(),
// ...
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/expected.h"
#include "common/units.h"

namespace mcunas {

struct ExecutionPlan;     // memory_model/execution_plan.h
struct QuantizedNetwork;  // network/quantized_network.h

struct EmitOptions {
  std::string name = "net";  // C identifier: prefix of files, functions and macros
};

struct GeneratedSources {
  std::string name;
  std::map<std::string, std::string> files;  // relative path -> content; always the same bytes
  Bytes arena;                               // NET_ARENA_BYTES: activations + scratch
  std::vector<Bytes> more_arenas;            // NET_ARENA_1_BYTES, ...: of further memory regions
  Bytes constants;                           // bytes of constant tables beside weights
};

// Every plan of the contract in memory_model/execution_plan.h. Pre-condition: ValidatePlan finds
// nothing wrong with it. kUsage: a name that no C code can have.
Expected<GeneratedSources> EmitC(const QuantizedNetwork& network, const ExecutionPlan& plan,
                                 const EmitOptions& options = {});

// Writes all files under `folder` (created), each atomically.
Expected<void> WriteSources(const GeneratedSources& sources, const std::string& folder);

}  // namespace mcunas
