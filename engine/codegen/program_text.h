// The C file that runs a network.
#pragma once

#include <string>

namespace mcunas {

struct GenerationInput;  // engine/codegen/generation_input.h

// "void *arena", or "void *const arenas[]" where there are several memory regions.
std::string ArenaParameter(const GenerationInput& input);

// Kernel parameters, operator table, placements and net_run.
std::string ProgramText(const GenerationInput& input);

}  // namespace mcunas
