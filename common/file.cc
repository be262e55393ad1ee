#include "common/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace mcunas {
namespace {

namespace fs = std::filesystem;

// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  // Closes now and says whether that worked: network file systems report lost writes only here.
  bool Close() {
    const int fd = fd_;
    fd_ = -1;
    return ::close(fd) == 0;
  }

 private:
  int fd_;
};

Error IoError(const std::string& action, const fs::path& path, int error) {
  const ErrorCode code = error == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo;
  return {code, "cannot " + action + " " + path.string() + ": " + std::strerror(error)};
}

Expected<std::vector<uint8_t>> ReadAll(int fd, const fs::path& path) {
  std::vector<uint8_t> bytes;
  struct stat status = {};
  if (::fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) return IoError("read", path, EISDIR);
  if (S_ISREG(status.st_mode)) bytes.reserve(static_cast<size_t>(status.st_size));
  uint8_t buffer[1 << 16];
  while (true) {
    const ssize_t n = ::read(fd, buffer, sizeof buffer);
    if (n == 0) return bytes;
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return IoError("read", path, errno);
    bytes.insert(bytes.end(), buffer, buffer + n);
  }
}

bool WriteAll(int fd, std::span<const uint8_t> content) {
  while (!content.empty()) {
    const ssize_t n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    content = content.subspan(static_cast<size_t>(n));
  }
  return true;
}

// Writes and flushes `path`, which must not be the final name. Returns 0 or errno.
int WriteDurably(const fs::path& path, std::span<const uint8_t> content) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (file.get() < 0) return errno;
  if (!WriteAll(file.get(), content)) return errno;
  if (::fsync(file.get()) != 0) return errno;
  return file.Close() ? 0 : errno;
}

// Some file systems refuse to sync folders; the content is safe then, only the name may be late.
void SyncFolder(const fs::path& folder) {
  Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.get() >= 0) ::fsync(opened.get());
}

std::span<const uint8_t> AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

}  // namespace

Expected<std::vector<uint8_t>> ReadBytes(const fs::path& path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return IoError("open", path, errno);
  return ReadAll(file.get(), path);
}

Expected<std::string> ReadFile(const fs::path& path) {
  auto bytes = ReadBytes(path);
  if (!bytes) return bytes.error();
  return std::string(bytes->begin(), bytes->end());
}

Expected<void> WriteBytesAtomically(const fs::path& path, std::span<const uint8_t> content) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure)
    return Error{ErrorCode::kIo,
                 "cannot create folder " + folder.string() + ": " + failure.message()};
  fs::path temporary = path;
  temporary += ".tmp" + std::to_string(::getpid());
  int error = WriteDurably(temporary, content);
  if (error == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(temporary.c_str());
    return Error{ErrorCode::kIo, IoError("write", path, error).message};
  }
  SyncFolder(folder);
  return {};
}

Expected<void> WriteFileAtomically(const fs::path& path, std::string_view content) {
  return WriteBytesAtomically(path, AsBytes(content));
}

fs::path FindDataRoot(const fs::path& executable_folder) {
  std::error_code ignored;
  const fs::path installed = (executable_folder / ".." / "share" / "mcunas").lexically_normal();
  if (fs::is_directory(installed / "configs", ignored)) return installed;
  for (fs::path folder = executable_folder;; folder = folder.parent_path()) {
    if (fs::is_directory(folder / "configs" / "boards", ignored)) return folder;
    if (!folder.has_relative_path()) return installed;
  }
}

fs::path DataRoot() {
  const char* home = std::getenv("MCUNAS_HOME");
  if (home != nullptr && *home != '\0') return home;
  std::error_code ignored;
  return FindDataRoot(fs::read_symlink("/proc/self/exe", ignored).parent_path());
}

}  // namespace mcunas
