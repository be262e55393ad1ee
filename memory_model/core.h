// Core: the processor core of a board. A new one is a row here, a profile in configs/boards and the
// board.c of its family in firmware/boards.
#pragma once

namespace mcunas {

enum class Core { kCortexM4, kCortexM7, kCortexM33 };

struct CoreRow {
  Core value;
  const char* name;      // in profiles and results, and for -mcpu
  const char* fpu;       // for -mfpu: single precision, what every part with an FPU has
  const char* schedule;  // macro that has the kernels ordered for its pipeline; empty: none
};

inline constexpr CoreRow kCores[] = {
    {Core::kCortexM4, "cortex-m4", "fpv4-sp-d16", ""},
    {Core::kCortexM7, "cortex-m7", "fpv5-sp-d16", "MCU_SCHEDULE_M7"},
    {Core::kCortexM33, "cortex-m33", "fpv5-sp-d16", ""},
};

}  // namespace mcunas
