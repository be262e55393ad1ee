// Logging facade: people read stderr, machines read the run's log.jsonl. spdlog stays in log.cc.
// Thread rule: every function may be called from any thread.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/expected.h"

namespace mcunas {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// Extra fields of the JSON line: {"candidate", "ab12"}, {"job", "7"}.
using LogFields = std::vector<std::pair<std::string, std::string>>;

void Log(LogLevel level, std::string_view message, const LogFields& fields = {});
inline void LogInfo(std::string_view m, const LogFields& f = {}) { Log(LogLevel::kInfo, m, f); }
inline void LogWarning(std::string_view m, const LogFields& f = {}) {
  Log(LogLevel::kWarning, m, f);
}
inline void LogError(std::string_view m, const LogFields& f = {}) { Log(LogLevel::kError, m, f); }
inline void LogDebug(std::string_view m, const LogFields& f = {}) { Log(LogLevel::kDebug, m, f); }

// Lines below this level are not shown to people (the file gets everything). Default kInfo.
void SetLogLevel(LogLevel level);
LogLevel ShownLogLevel();
// From now on every line also goes to this file as {"time","level","message",fields...}. Appends.
Expected<void> OpenJsonLog(const std::filesystem::path& path);

}  // namespace mcunas
