#include "common/file_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "common/file.h"
#include "common/text.h"
#include "common/utc_time.h"

namespace mcunas {
namespace {

namespace fs = std::filesystem;

// Of the open file, not of the process: threads and libraries that open and close the same file do
// not lose it.
struct flock WholeFile() {
  struct flock range = {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  return range;
}

// Arguments of this process, as people typed them.
std::string CommandLine() {
  const auto arguments = ReadFile("/proc/self/cmdline");
  if (!arguments) return "";
  std::string text = *arguments;
  std::replace(text.begin(), text.end(), '\0', ' ');
  return Trim(text);
}

std::string HostName() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "";
}

std::string ThisProcess() {
  const nlohmann::ordered_json json = {
      {"pid", ::getpid()},
      {"host", HostName()},
      {"command", CommandLine()},
      {"since", UtcTime(std::chrono::system_clock::now(), "%Y-%m-%dT%H:%M:%SZ")}};
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

LockHolder ReadHolder(const fs::path& file) {
  LockHolder holder;
  const auto text = ReadFile(file);
  const auto json = nlohmann::json::parse(text ? *text : "", nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return holder;
  const auto said = [&](const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  const auto pid = json.find("pid");
  if (pid != json.end() && pid->is_number_integer()) holder.pid = pid->get<int64_t>();
  holder.host = said("host");
  holder.command = said("command");
  holder.since = said("since");
  return holder;
}

Error CannotLock(const fs::path& file, int reason) {
  return {reason == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
          "cannot lock " + file.string() + ": " + std::strerror(reason)};
}

// The name is for people: a lock without one is a lock.
void WriteHolder(int descriptor) {
  const std::string text = ThisProcess();
  if (::ftruncate(descriptor, 0) != 0) return;
  [[maybe_unused]] const ssize_t written = ::pwrite(descriptor, text.data(), text.size(), 0);
}

}  // namespace

std::string LockHolder::Text() const {
  if (pid == 0) return "another process";
  return "process " + std::to_string(pid) + " on " + host + " (" + command + "), since " + since;
}

Expected<FileLock> FileLock::Acquire(const fs::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) return CannotLock(file, errno);
  FileLock lock(descriptor);
  struct flock range = WholeFile();
  if (::fcntl(descriptor, F_OFD_SETLK, &range) != 0) {
    if (errno == EAGAIN || errno == EACCES)
      return Error{ErrorCode::kUnavailable, ReadHolder(file).Text()};
    return CannotLock(file, errno);
  }
  WriteHolder(descriptor);
  return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::optional<LockHolder> HolderOf(const fs::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return std::nullopt;
  struct flock range = WholeFile();
  const bool asked = ::fcntl(descriptor, F_OFD_GETLK, &range) == 0;
  ::close(descriptor);
  if (!asked || range.l_type == F_UNLCK) return std::nullopt;
  return ReadHolder(file);
}

}  // namespace mcunas
