#include "common/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdio>
#include <mutex>
#include <nlohmann/json.hpp>

namespace mcunas {
namespace {

// The file behind OpenJsonLog; one per process, like stderr.
struct JsonLog {
  std::mutex mutex;
  std::FILE* file = nullptr;
};

JsonLog& TheJsonLog() {
  static JsonLog log;
  return log;
}

spdlog::logger& TheLogger() {
  static const std::shared_ptr<spdlog::logger> logger = [] {
    // spdlog colours terminals only; NO_COLOR switches that off too.
    auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>(
        std::getenv("NO_COLOR") != nullptr ? spdlog::color_mode::never
                                           : spdlog::color_mode::automatic);
    auto made = std::make_shared<spdlog::logger>("mcunas", sink);
    made->set_pattern("%H:%M:%S %^%l%$ %v");
    return made;
  }();
  return *logger;
}

spdlog::level::level_enum LevelOf(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarning: return spdlog::level::warn;
    case LogLevel::kError: return spdlog::level::err;
  }
  return spdlog::level::info;
}

void WriteJsonLine(LogLevel level, std::string_view message, const LogFields& fields) {
  JsonLog& log = TheJsonLog();
  const std::lock_guard<std::mutex> lock(log.mutex);
  if (log.file == nullptr) return;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  nlohmann::ordered_json line;
  line["time"] = std::chrono::duration<double>(now).count();
  line["level"] = std::string(spdlog::level::to_string_view(LevelOf(level)).data());
  line["message"] = message;
  for (const auto& [key, value] : fields) line[key] = value;
  std::fprintf(log.file, "%s\n",
               line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  std::fflush(log.file);
}

}  // namespace

void Log(LogLevel level, std::string_view message, const LogFields& fields) {
  TheLogger().log(LevelOf(level), "{}", message);
  WriteJsonLine(level, message, fields);
}

void SetLogLevel(LogLevel level) { TheLogger().set_level(LevelOf(level)); }

Expected<void> OpenJsonLog(const std::filesystem::path& path) {
  std::FILE* file = std::fopen(path.c_str(), "ae");
  if (file == nullptr) return Error{ErrorCode::kIo, "cannot open the log file " + path.string()};
  JsonLog& log = TheJsonLog();
  const std::lock_guard<std::mutex> lock(log.mutex);
  if (log.file != nullptr) std::fclose(log.file);
  log.file = file;
  return {};
}

}  // namespace mcunas
