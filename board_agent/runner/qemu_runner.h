// Runs an image on an emulated board. Deterministic: with "-icount shift=0" one instruction takes 1
// ns of the board's own time, so repetitions and repeated runs give the same counts.
#pragma once

#include <memory>

#include "board_agent/runner/make_runner.h"

namespace mcunas {

// config.machine names a QEMU machine with SRAM at 0x20000000 (mps2-an386, mps2-an500).
std::unique_ptr<Runner> MakeQemuRunner(const RunnerConfig& config);

}  // namespace mcunas
