// Generated C on an emulated Cortex-M, for tests and instruction counts.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "common/expected.h"
#include "engine/codegen/emit_c.h"
#include "memory_model/execution_plan.h"

namespace mcunas {

struct VirtualRun {
  std::vector<int8_t> output;
  int64_t instructions = 0;                    // of one inference
  std::vector<int64_t> operator_instructions;  // to 40 instructions each
  int64_t code_bytes = 0;                      // text of program and kernels, without the tables
};

// cortex-m4 and cortex-m7 have the DSP instructions that the kernels use; cortex-m3 (Armv7-M) and
// cortex-m0 and cortex-m0plus (Armv6-M) have none; cortex-m33 (Armv8-M) is the one without kernels
// of its own. cortex-m0 has 256 kB of code memory and 16 kB of SRAM and, unlike the others, stops
// at unaligned accesses; code for cortex-m0plus runs on a cortex-m3, whose instructions include its
// own, for want of an emulated board with more memory.
struct VirtualCore {
  std::string core;
  std::vector<std::string> flags;  // beside -O2: "-DMCU_PORTABLE_ONLY"
};

bool VirtualCoreToolsExist();  // cross compiler and emulator

// The sources must have been generated with the name "net". Compiles with -Wall -Wextra -Werror.
Expected<VirtualRun> RunOnVirtualCore(const GeneratedSources& sources, const VirtualCore& core,
                                      const std::vector<int8_t>& input, const std::string& folder);

// A program that runs any number of inputs in one boot and hands over every operator's output.
class OperatorOutputs {
 public:
  // Where operator outputs lie in the arena right after their operators; 0 bytes: not wanted.
  struct Place {
    int64_t offset = 0, bytes = 0;
  };
  // Of every operator, in a plan that executes layer by layer.
  static std::vector<Place> PlacesOf(const ExecutionPlan& plan);

  // places: one per operator. Pre-condition: one memory region. Works in `folder`, which must
  // outlive the object.
  static Expected<OperatorOutputs> Build(const GeneratedSources& sources,
                                         const std::vector<Place>& places, const VirtualCore& core,
                                         const std::string& folder);

  // inputs: one or more, one after the other. Per input: the outputs of the operators with places,
  // in order, and the network's outputs.
  Expected<std::vector<int8_t>> Run(const std::vector<int8_t>& inputs) const;

 private:
  OperatorOutputs(std::string folder, std::string elf, std::string core)
      : folder_(std::move(folder)), elf_(std::move(elf)), core_(std::move(core)) {}
  std::string folder_, elf_, core_;
};

}  // namespace mcunas
