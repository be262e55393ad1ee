#include "supernet/data/compressed_file.h"

#include <lzma.h>
#include <zlib.h>

#include <string>

#include "common/file.h"

namespace mcunas {
namespace {

Error Damaged(const std::filesystem::path& path, const std::string& why) {
  return {ErrorCode::kCorrupt, path.string() + ": " + why};
}

Expected<std::vector<uint8_t>> UnpackXz(const std::filesystem::path& path, size_t limit) {
  const auto packed = ReadBytes(path);
  if (!packed) return packed.error();
  std::vector<uint8_t> out(limit + 1);
  uint64_t memory = UINT64_MAX;
  size_t read = 0, written = 0;
  const lzma_ret result = lzma_stream_buffer_decode(
      &memory, 0, nullptr, packed->data(), &read, packed->size(), out.data(), &written, out.size());
  if (result == LZMA_BUF_ERROR && written <= limit) return Damaged(path, "xz data end too early");
  if (result != LZMA_OK && result != LZMA_BUF_ERROR) return Damaged(path, "xz data are damaged");
  if (written > limit) {
    return Damaged(path, "holds more than the expected " + std::to_string(limit) + " bytes");
  }
  out.resize(written);
  return out;
}

Expected<std::vector<uint8_t>> UnpackGzip(const std::filesystem::path& path, size_t limit) {
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) return Error{ErrorCode::kIo, path.string() + ": cannot be opened"};
  std::vector<uint8_t> out(limit + 1);
  const int read = gzread(file, out.data(), static_cast<unsigned>(out.size()));
  int code = Z_OK;
  gzerror(file, &code);
  const bool closed = gzclose(file) == Z_OK;  // a truncated stream is noticed only here
  if (read < 0 || code != Z_OK || (!closed && read <= static_cast<int>(limit))) {
    return Damaged(path, "gzip data are damaged or end too early");
  }
  if (static_cast<size_t>(read) > limit) {
    return Damaged(path, "holds more than the expected " + std::to_string(limit) + " bytes");
  }
  out.resize(static_cast<size_t>(read));
  return out;
}

}  // namespace

Expected<std::vector<uint8_t>> ReadMaybeCompressed(const std::filesystem::path& path,
                                                   size_t limit) {
  std::error_code ignored;
  const std::filesystem::path xz = path.string() + ".xz", gz = path.string() + ".gz";
  if (std::filesystem::exists(path, ignored)) return ReadBytes(path);
  if (std::filesystem::exists(xz, ignored)) return UnpackXz(xz, limit);
  if (std::filesystem::exists(gz, ignored)) return UnpackGzip(gz, limit);
  return Error{ErrorCode::kNotFound,
               path.string() + ": no such file, nor with .xz or .gz (see data.root)"};
}

}  // namespace mcunas
