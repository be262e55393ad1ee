// What a board, real or virtual, says about one firmware image.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "common/board_counts.h"
#include "common/board_failure.h"
#include "nas/evaluate/candidate.h"

namespace mcunas {

struct Measurement : BoardCounts {
  std::string board;
  Source source = Source::kEmulated;  // kMeasured only for physical boards

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
