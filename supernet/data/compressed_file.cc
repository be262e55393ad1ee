#include "supernet/data/compressed_file.h"

#include <lzma.h>
#include <zlib.h>

#include <fstream>
#include <string>
#include <utility>

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

// The `count` bytes before the last `after`.
Expected<std::vector<uint8_t>> BytesBeforeEnd(const std::filesystem::path& path, size_t count,
                                              size_t after) {
  std::error_code ignored;
  const uint64_t size = std::filesystem::file_size(path, ignored);
  std::vector<uint8_t> bytes(ignored || size < count + after ? 0 : count);
  std::ifstream file(path, std::ios::binary);
  file.seekg(-static_cast<std::streamoff>(bytes.size() + after), std::ios::end);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (bytes.size() < count || !file) return Damaged(path, "packed data end too early");
  return bytes;
}

// A file ends with the index of its blocks and a footer that tells the index's length.
Expected<uint64_t> XzSize(const std::filesystem::path& path) {
  const auto footer = BytesBeforeEnd(path, LZMA_STREAM_HEADER_SIZE, 0);
  if (!footer) return footer.error();
  lzma_stream_flags flags;
  if (lzma_stream_footer_decode(&flags, footer->data()) != LZMA_OK)
    return Damaged(path, "xz data are damaged or end too early");
  const auto packed = BytesBeforeEnd(path, flags.backward_size, LZMA_STREAM_HEADER_SIZE);
  if (!packed) return packed.error();
  lzma_index* index = nullptr;
  uint64_t memory = UINT64_MAX;
  size_t read = 0;
  if (lzma_index_buffer_decode(&index, &memory, nullptr, packed->data(), &read, packed->size()) !=
      LZMA_OK)
    return Damaged(path, "xz data are damaged");
  const uint64_t size = lzma_index_uncompressed_size(index);
  const bool whole = lzma_index_file_size(index) == std::filesystem::file_size(path);
  lzma_index_end(index, nullptr);
  if (!whole) return Damaged(path, "xz data are damaged or of several streams");
  return size;
}

// A file ends with its unpacked length, least byte first.
Expected<uint64_t> GzipSize(const std::filesystem::path& path) {
  const auto length = BytesBeforeEnd(path, 4, 0);
  if (!length) return length.error();
  const uint8_t* b = length->data();
  return uint64_t{b[3]} << 24 | uint64_t{b[2]} << 16 | uint64_t{b[1]} << 8 | b[0];
}

enum class Packing { kPlain, kXz, kGzip };
constexpr std::pair<const char*, Packing> kEndings[] = {
    {"", Packing::kPlain}, {".xz", Packing::kXz}, {".gz", Packing::kGzip}};

struct DataFile {
  std::filesystem::path path;
  Packing packing = Packing::kPlain;
};

Expected<DataFile> FindFile(const std::filesystem::path& path) {
  std::error_code ignored;
  for (const auto& [ending, packing] : kEndings) {
    const std::filesystem::path file = path.string() + ending;
    if (std::filesystem::exists(file, ignored)) return DataFile{file, packing};
  }
  return Error{ErrorCode::kNotFound,
               path.string() + " does not exist, nor with .xz or .gz (see data.root)"};
}

}  // namespace

Expected<std::vector<uint8_t>> ReadMaybeCompressed(const std::filesystem::path& path,
                                                   size_t limit) {
  const auto file = FindFile(path);
  if (!file) return file.error();
  if (file->packing == Packing::kXz) return UnpackXz(file->path, limit);
  if (file->packing == Packing::kGzip) return UnpackGzip(file->path, limit);
  return ReadBytes(file->path);
}

Expected<uint64_t> UnpackedSize(const std::filesystem::path& path) {
  const auto file = FindFile(path);
  if (!file) return file.error();
  if (file->packing == Packing::kXz) return XzSize(file->path);
  if (file->packing == Packing::kGzip) return GzipSize(file->path);
  std::error_code failed;
  const uint64_t size = std::filesystem::file_size(file->path, failed);
  if (failed) return Error{ErrorCode::kIo, file->path.string() + ": " + failed.message()};
  return size;
}

}  // namespace mcunas
