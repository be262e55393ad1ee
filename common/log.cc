#include "common/log.h"

#include <fcntl.h>
#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>

#include "common/terminal_internal.h"

namespace mcunas {
namespace {

spdlog::level::level_enum SpdlogLevel(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      break;
  }
  return spdlog::level::err;
}

const char* LevelName(LogLevel level) {
  constexpr const char* kNames[] = {"debug", "info", "warning", "error"};
  return kNames[static_cast<int>(level)];
}

bool ColoursWanted() {
  const char* no_color = std::getenv("NO_COLOR");  // no-color.org
  return (no_color == nullptr || *no_color == '\0') && StderrIsTerminal();
}

// UTC with milliseconds, as ISO 8601.
std::string Timestamp() {
  timespec now = {};
  ::clock_gettime(CLOCK_REALTIME, &now);
  tm parts = {};
  ::gmtime_r(&now.tv_sec, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     now.tv_nsec / 1'000'000);
}

std::string JsonLine(LogLevel level, std::string_view message, const LogFields& fields) {
  nlohmann::ordered_json line;
  line["time"] = Timestamp();
  line["level"] = LevelName(level);
  line["message"] = message;
  for (const auto& [key, value] : fields) line[key] = value;
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

class Logger {
 public:
  Logger() {
    auto sink = std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>(
        ColoursWanted() ? spdlog::color_mode::always : spdlog::color_mode::never);
    people_ = std::make_unique<spdlog::logger>("mcunas", sink);
    people_->set_pattern("%H:%M:%S %^%l%$ %v");
    people_->flush_on(spdlog::level::trace);
  }

  void Show(LogLevel level, std::string_view message) {
    if (!people_->should_log(SpdlogLevel(level))) return;
    PrintAboveStatusLine([&] { people_->log(SpdlogLevel(level), "{}", message); });
  }

  // One write per line, so that lines of several processes never mix. A full disk must not stop the
  // work that is being logged: it is told once, and the file is given up.
  void Record(LogLevel level, std::string_view message, const LogFields& fields) {
    const std::lock_guard lock(mutex_);
    if (file_ < 0) return;
    const std::string line = JsonLine(level, message, fields);
    if (::write(file_, line.data(), line.size()) == static_cast<ssize_t>(line.size())) return;
    const std::string reason = std::strerror(errno);
    ::close(file_);
    file_ = -1;
    Show(LogLevel::kError, "the log file takes no more lines: " + reason);
  }

  Expected<void> Open(const std::filesystem::path& path) {
    std::error_code ignored;
    if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), ignored);
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (file < 0) {
      return Error{ErrorCode::kIo,
                   "cannot open log file " + path.string() + ": " + std::strerror(errno)};
    }
    const std::lock_guard lock(mutex_);
    if (file_ >= 0) ::close(file_);
    file_ = file;
    return {};
  }

  void set_level(LogLevel level) {
    level_ = level;
    people_->set_level(SpdlogLevel(level));
  }
  LogLevel level() const { return level_; }

 private:
  std::atomic<LogLevel> level_ = LogLevel::kInfo;
  std::unique_ptr<spdlog::logger> people_;
  std::mutex mutex_;
  int file_ = -1;
};

// Never destroyed: threads may still log while the process ends.
Logger& SharedLogger() {
  static Logger* logger = new Logger;
  return *logger;
}

}  // namespace

void Log(LogLevel level, std::string_view message, const LogFields& fields) {
  SharedLogger().Show(level, message);
  SharedLogger().Record(level, message, fields);
}

void SetLogLevel(LogLevel level) { SharedLogger().set_level(level); }

LogLevel ShownLogLevel() { return SharedLogger().level(); }

Expected<void> OpenJsonLog(const std::filesystem::path& path) { return SharedLogger().Open(path); }

}  // namespace mcunas
