// Reads a data file that may be compressed: PATH, PATH.xz (liblzma) or PATH.gz (zlib).
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "common/expected.h"

namespace mcunas {

// The bytes of `path` if it exists, else of path.xz or path.gz unpacked. kNotFound when none
// exists, kCorrupt when the packed stream is damaged or truncated, or unpacks to more than `limit`
// bytes.
Expected<std::vector<uint8_t>> ReadMaybeCompressed(const std::filesystem::path& path, size_t limit);

}  // namespace mcunas
