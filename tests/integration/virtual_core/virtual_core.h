// Generated C on an emulated Cortex-M, for tests and instruction counts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/expected.h"
#include "engine/codegen/emit_c.h"

namespace mcunas {

struct VirtualRun {
  std::vector<int8_t> output;
  int64_t instructions = 0;                    // of one inference
  std::vector<int64_t> operator_instructions;  // to 40 instructions each
  int64_t code_bytes = 0;                      // text of program and kernels, without the tables
};

struct VirtualCore {
  std::string core;                // "cortex-m4" or "cortex-m7"
  std::vector<std::string> flags;  // beside -O2: "-DMCU_PORTABLE_ONLY"
};

bool VirtualCoreToolsExist();  // cross compiler and emulator

// The sources must have been generated with the name "net". Compiles with -Wall -Wextra -Werror.
Expected<VirtualRun> RunOnVirtualCore(const GeneratedSources& sources, const VirtualCore& core,
                                      const std::vector<int8_t>& input, const std::string& folder);

}  // namespace mcunas
