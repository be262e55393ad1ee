// BlobStore: firmware images by content hash, one file each.
//
// A blob is there or it is not: bytes go to a temporary file, which is checked, synced and renamed.
// Thread rule: any thread; two uploads of the same blob at once are both fine.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>

#include "board_agent/protocol/checksum.h"
#include "common/expected.h"

namespace mcunas {

// One upload on its way; leaves nothing behind unless committed.
class BlobUpload {
 public:
  BlobUpload(int file, std::filesystem::path temporary, std::filesystem::path target);
  ~BlobUpload();
  BlobUpload(BlobUpload&& other) noexcept;
  BlobUpload& operator=(BlobUpload&&) = delete;

  // kIo, e.g. when the disk is full.
  Expected<void> Add(std::string_view bytes);
  // kCorrupt when the bytes do not have the hash they were announced with.
  Expected<void> Commit();

 private:
  int file_;
  std::filesystem::path temporary_;
  std::filesystem::path target_;
  Sha256 hash_;
};

class BlobStore {
 public:
  // Creates the folder and removes what an earlier crash left half-written.
  static Expected<BlobStore> Open(const std::filesystem::path& folder);

  bool Has(const std::string& sha256) const;
  std::filesystem::path PathOf(const std::string& sha256) const { return folder_ / sha256; }
  // `sha256` must be 64 lower-case hexadecimal digits.
  Expected<BlobUpload> Begin(const std::string& sha256) const;
  // Removes blobs that are older than `seconds` and not in `keep`; returns how many.
  int Sweep(const std::set<std::string>& keep, double seconds) const;

 private:
  explicit BlobStore(std::filesystem::path folder) : folder_(std::move(folder)) {}
  std::filesystem::path folder_;
};

}  // namespace mcunas
