// The texts that tie one network to the harness and to one board: binding, test vectors, linker
// script.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/expected.h"
#include "engine/toolchain/firmware_image.h"

namespace mcunas {

// Bytes reserved for the stack. The harness measures how much of it is really used.
constexpr int64_t kStackBytes = 4096;
// Bytes below the stack that the MPU guards (MCU_STACK_GUARD_BYTES of the harness).
constexpr int64_t kStackGuardBytes = 32;

// Region i of a plan is SRAM region i of the board. Those that a network with `more_arenas` uses:
// the first one, and where bytes lie.
std::vector<MemoryRegion> UsedSram(const BoardProfile& board,
                                   const std::vector<Bytes>& more_arenas);

// kUnsupported where the MPU cannot fence the board's SRAM regions that are used exactly, kUsage
// where the profile lacks memory.
Expected<void> CheckFence(const BoardProfile& board, const std::vector<Bytes>& more_arenas = {});

// MEMORY of the board, the sections of arenas beside the first one, and the include of the
// harness's sections.ld.
std::string LinkerScript(const BoardProfile& board, const std::vector<Bytes>& more_arenas = {});

// File name -> text: binding.c, test_vectors.S. `header` is the generated header, as included.
std::map<std::string, std::string> BindingSources(const FirmwareRequest& request,
                                                  const std::string& header);

}  // namespace mcunas
