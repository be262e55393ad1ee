// What a board, real or virtual, says about one firmware image.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "common/board_failure.h"
#include "nas/evaluate/candidate.h"

namespace mcunas {

struct Measurement {
  std::string board;
  Source source = Source::kEmulated;  // kMeasured only for physical boards
  std::string unit;                   // of ticks: "instructions" or "cycles"
  std::vector<int64_t> ticks;         // one per repetition, as measured
  std::vector<int64_t> operator_ticks;
  int64_t profiled_ticks = 0;
  int64_t clock_hz = 0;
  int64_t stack_peak_bytes = 0;
  int64_t arena_peak_bytes = 0;
  uint32_t output_crc32 = 0;
  int warmup = 0;
  std::string tool;  // "qemu-system-arm 7.2.22 mps2-an500 -icount shift=0", "pyocd 0.46.0 ..."

  // Of `ticks`; 0 without any. The median of an even count is the lower of the middle two: a value
  // that was measured.
  int64_t median_ticks() const;
  int64_t min_ticks() const;
  int64_t max_ticks() const;
};

using MeasurementOutcome = std::variant<Measurement, BoardFailure>;

struct MeasurementRequest {
  Hash128 network_hash;
  std::string board;  // profile name, e.g. "qemu-m7"
  std::string elf_path;
  std::vector<uint8_t> golden_output;
  int repetitions = 20;
  std::string idempotency_key;  // same key + same request = same job, also after a restart
};

}  // namespace mcunas
