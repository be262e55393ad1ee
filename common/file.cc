#include "common/file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>

namespace mcunas {
namespace {

namespace fs = std::filesystem;

Error SystemError(const std::string& what, const fs::path& path, int number) {
  const ErrorCode code = number == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo;
  return {code, what + " " + path.string() + ": " + std::strerror(number)};
}

// Closes the descriptor it owns.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

template <typename Container>
Expected<Container> ReadAll(const fs::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return SystemError("cannot open", path, errno);
  Container content;
  char block[1 << 16];
  while (true) {
    const ssize_t got = ::read(file.get(), block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error{ErrorCode::kIo, "cannot read " + path.string() + ": " + std::strerror(errno)};
    if (got == 0) return content;
    content.insert(content.end(), block, block + got);
  }
}

bool WriteAll(int fd, const char* data, size_t size) {
  while (size > 0) {
    const ssize_t written = ::write(fd, data, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    data += written;
    size -= static_cast<size_t>(written);
  }
  return true;
}

Error WriteError(const fs::path& path, int number) {
  return {ErrorCode::kIo, "cannot write " + path.string() + ": " + std::strerror(number)};
}

Expected<void> WriteTemporary(const fs::path& temporary, const char* data, size_t size) {
  const Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (file.get() < 0) return WriteError(temporary, errno);
  if (!WriteAll(file.get(), data, size) || ::fsync(file.get()) != 0) {
    const int number = errno;
    ::unlink(temporary.c_str());
    return WriteError(temporary, number);
  }
  return {};
}

Expected<void> WriteAtomically(const fs::path& path, const char* data, size_t size) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) return Error{ErrorCode::kIo, "cannot create " + folder.string() + ": " + failed.message()};
  const fs::path temporary = path.string() + ".tmp" + std::to_string(::getpid());
  if (auto written = WriteTemporary(temporary, data, size); !written) return written;
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const int number = errno;
    ::unlink(temporary.c_str());
    return WriteError(path, number);
  }
  const Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() >= 0) ::fsync(directory.get());  // some file systems refuse; the rename stands
  return {};
}

bool HoldsConfigs(const fs::path& folder) { return fs::is_directory(folder / "configs" / "boards"); }

}  // namespace

Expected<std::string> ReadFile(const fs::path& path) { return ReadAll<std::string>(path); }

Expected<std::vector<uint8_t>> ReadBytes(const fs::path& path) {
  return ReadAll<std::vector<uint8_t>>(path);
}

Expected<void> WriteFileAtomically(const fs::path& path, std::string_view content) {
  return WriteAtomically(path, content.data(), content.size());
}

Expected<void> WriteBytesAtomically(const fs::path& path, std::span<const uint8_t> content) {
  return WriteAtomically(path, reinterpret_cast<const char*>(content.data()), content.size());
}

fs::path DataRoot() {
  if (const char* home = std::getenv("MCUNAS_HOME"); home != nullptr && *home != '\0') return home;
  std::error_code failed;
  const fs::path program = fs::read_symlink("/proc/self/exe", failed);
  const fs::path installed = program.parent_path() / ".." / "share" / "mcunas";
  if (HoldsConfigs(installed)) return fs::weakly_canonical(installed);
  for (fs::path folder = program.parent_path(); folder.has_relative_path();
       folder = folder.parent_path()) {
    if (HoldsConfigs(folder)) return folder;
  }
  return fs::current_path();
}

}  // namespace mcunas
