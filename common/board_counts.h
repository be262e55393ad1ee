// BoardCounts: what a firmware counted on a board, real or virtual. Agent and search say the same
// of it; what each adds is its own (JobResult, Measurement).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mcunas {

struct BoardCounts {
  std::string unit;            // of ticks: "instructions" or "cycles"
  std::vector<int64_t> ticks;  // one per repetition, as measured
  std::vector<int64_t> operator_ticks;
  int64_t profiled_ticks = 0;
  int64_t clock_hz = 0;
  int64_t stack_peak_bytes = 0;
  int64_t arena_peak_bytes = 0;
  uint32_t output_crc32 = 0;
  int warmup = 0;
  std::string tool;  // "qemu-system-arm 7.2.22 mps2-an500 -icount shift=0", "pyocd 0.46.0 ..."

  bool operator==(const BoardCounts&) const = default;
};

}  // namespace mcunas
