#include "board_agent/server/blob_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>
#include <vector>

#include "common/check.h"

namespace mcunas {
namespace {

namespace fs = std::filesystem;

constexpr const char* kUploadSuffix = ".upload";

Error IoError(const fs::path& path) {
  return {ErrorCode::kIo, path.string() + ": " + std::strerror(errno)};
}

Expected<void> SyncFolder(const fs::path& folder) {
  const int handle = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0) return IoError(folder);
  const bool synced = fsync(handle) == 0;
  close(handle);
  if (!synced) return IoError(folder);
  return {};
}

double AgeOf(const fs::path& path) {
  std::error_code failed;
  const auto written = fs::last_write_time(path, failed);
  if (failed) return 0;
  return std::chrono::duration<double>(fs::file_time_type::clock::now() - written).count();
}

}  // namespace

BlobUpload::BlobUpload(int file, fs::path temporary, fs::path target)
    : file_(file), temporary_(std::move(temporary)), target_(std::move(target)) {}

BlobUpload::BlobUpload(BlobUpload&& other) noexcept
    : file_(std::exchange(other.file_, -1)),
      temporary_(std::move(other.temporary_)),
      target_(std::move(other.target_)),
      hash_(std::move(other.hash_)) {}

BlobUpload::~BlobUpload() {
  if (file_ < 0) return;
  close(file_);
  unlink(temporary_.c_str());
}

Expected<void> BlobUpload::Add(std::string_view bytes) {
  hash_.Add(bytes);
  while (!bytes.empty()) {
    const ssize_t written = write(file_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return IoError(temporary_);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

Expected<void> BlobUpload::Commit() {
  const std::string found = hash_.Finish();
  const std::string announced = target_.filename().string();
  if (found != announced) {
    return Error{ErrorCode::kCorrupt, "the bytes have SHA-256 " + found + ", not " + announced};
  }
  if (fsync(file_) != 0) return IoError(temporary_);
  if (rename(temporary_.c_str(), target_.c_str()) != 0) return IoError(target_);
  close(std::exchange(file_, -1));
  return SyncFolder(target_.parent_path());
}

Expected<BlobStore> BlobStore::Open(const fs::path& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) return Error{ErrorCode::kIo, folder.string() + ": " + failed.message()};
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    if (entry.path().extension() == kUploadSuffix) fs::remove(entry.path(), failed);
  }
  return BlobStore(folder);
}

bool BlobStore::Has(const std::string& sha256) const {
  return IsSha256Hex(sha256) && access(PathOf(sha256).c_str(), R_OK) == 0;
}

Expected<BlobUpload> BlobStore::Begin(const std::string& sha256) const {
  MCUNAS_CHECK(IsSha256Hex(sha256), "blobs are named by their SHA-256");
  const fs::path temporary =
      folder_ / (sha256 + "." + std::to_string(SecureRandom()) + kUploadSuffix);
  const int file = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return IoError(temporary);
  return BlobUpload(file, temporary, PathOf(sha256));
}

int BlobStore::Sweep(const std::set<std::string>& keep, double seconds) const {
  std::error_code failed;
  std::vector<fs::path> old;
  for (const auto& entry : fs::directory_iterator(folder_, failed)) {
    const std::string name = entry.path().filename().string();
    if (!IsSha256Hex(name) || keep.contains(name)) continue;
    if (AgeOf(entry.path()) >= seconds) old.push_back(entry.path());
  }
  int removed = 0;
  for (const fs::path& path : old) removed += fs::remove(path, failed) ? 1 : 0;
  return removed;
}

}  // namespace mcunas
