// A file that one process at a time holds. The lock vanishes with its process, however that ends;
// the file stays.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "common/expected.h"

namespace mcunas {

// Who holds a lock, as the holder wrote it into the file.
struct LockHolder {
  int64_t pid = 0;  // 0: nothing readable stands in the file
  std::string host;
  std::string command;
  std::string since;  // UTC, "2026-01-31T12:00:00Z"

  // "process 4711 on lab3 (mcunas resume runs/a), since 2026-01-31T12:00:00Z".
  std::string Text() const;
};

// Move-only owner of a lock. Locks are seen by other processes of this machine, by those of other
// machines where the file system is shared and says so (NFS does), and by other owners of the same
// process.
class FileLock {
 public:
  // Takes the lock at once or not at all. Creates the file; its folder must exist. kUnavailable
  // where somebody else has it (the message is the holder's Text), kNotFound or kIo.
  static Expected<FileLock> Acquire(const std::filesystem::path& file);

  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();  // gives the lock back

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

// Nothing where nobody holds the file, or where there is none. Asking disturbs nobody.
std::optional<LockHolder> HolderOf(const std::filesystem::path& file);

}  // namespace mcunas
