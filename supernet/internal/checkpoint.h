// Checkpoints of a training: written atomically, checked when read, the last two kept.
//
// File: magic, version, fingerprint of the configuration, step, element count, three float arrays
// (weights, momentum, moving average), HashBytes of everything before it. Little-endian.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "common/expected.h"
#include "common/hash.h"

namespace mcunas {

struct Checkpoint {
  Hash128 fingerprint;  // of the configuration that the trajectory depends on
  int64_t step = 0;     // steps done
  std::vector<float> weights, momentum, average;  // equal sizes
};

// folder/step-<step>.ckpt; older files than the last two are removed. kIo when the disk refuses.
Expected<void> SaveCheckpoint(const std::filesystem::path& folder, const Checkpoint& checkpoint);

// kCorrupt with the file's name when it is truncated, damaged or no checkpoint.
Expected<Checkpoint> ReadCheckpoint(const std::filesystem::path& file);

// The newest good one; damaged ones are logged as warnings and passed over. Empty when the folder
// has none at all. kCorrupt when every one is damaged, kUsage when it belongs to another
// configuration.
Expected<std::optional<Checkpoint>> NewestCheckpoint(const std::filesystem::path& folder,
                                                     const Hash128& fingerprint);

}  // namespace mcunas
