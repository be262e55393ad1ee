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

// How many bytes that would be, as the end of the file says, without unpacking: cheap. Errors
// likewise, but damage inside of a packed stream shows only in reading, and of gzip a file that is
// cut off gives some other number.
Expected<uint64_t> UnpackedSize(const std::filesystem::path& path);

}  // namespace mcunas
