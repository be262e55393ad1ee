#include "cli/run/run_folder.h"

#include <chrono>
#include <filesystem>
#include <utility>

#include "common/config_dump.h"
#include "common/file.h"
#include "nas/records/run_folder.h"

namespace mcunas {
namespace {

namespace fs = std::filesystem;
using Time = std::chrono::system_clock::time_point;

constexpr const char* kConfigFile = "/config.resolved.yaml";
constexpr const char* kLockFile = "/run.lock";

Expected<std::string> MakeFolder(const std::string& name, const std::string& wanted, Time now) {
  if (wanted.empty()) {
    const auto made = CreateRunFolder("runs", name, now);
    if (!made) return made.error();
    return made->string();
  }
  std::error_code failed;
  fs::create_directories(wanted, failed);
  if (failed)
    return Error{ErrorCode::kIo, "cannot create folder " + wanted + ": " + failed.message()};
  return wanted;
}

// A path that cannot be looked at (a name too long, a folder closed to this user) holds no run.
bool HoldsRun(const std::string& folder) {
  std::error_code ignored;
  return fs::exists(folder + kConfigFile, ignored);
}

}  // namespace

std::string ResolvedConfig(const ExperimentConfig& config) {
  ExperimentConfig copy = config;  // Describe visits a mutable struct
  return DumpConfig([&](ConfigVisitor& visitor) { Describe(visitor, copy); });
}

Expected<StartedRun> StartRun(const ExperimentConfig& config, const std::string& wanted) {
  const auto now = std::chrono::system_clock::now();
  const auto folder = MakeFolder(config.name, wanted, now);
  if (!folder) return folder.error();
  auto lock = LockRun(*folder);
  if (!lock) return lock.error();
  if (HoldsRun(*folder)) {
    return Error{ErrorCode::kUsage,
                 *folder + " holds a run already; continue it with: mcunas resume " + *folder};
  }
  auto written = WriteFileAtomically(*folder + "/environment.json", EnvironmentJson(now));
  if (written) written = WriteFileAtomically(*folder + kConfigFile, ResolvedConfig(config));
  if (!written) return written.error();
  return StartedRun{*folder, std::move(*lock)};
}

Expected<FileLock> LockRun(const std::string& folder) {
  auto lock = FileLock::Acquire(folder + kLockFile);
  if (lock || lock.error().code != ErrorCode::kUnavailable) return lock;
  return Error{ErrorCode::kUnavailable, folder + " is running: " + lock.error().message};
}

std::optional<LockHolder> WhoRuns(const std::string& folder) {
  return HolderOf(folder + kLockFile);
}

Expected<void> CheckRunFolder(const std::string& folder) {
  if (HoldsRun(folder)) return {};
  return Error{ErrorCode::kNotFound,
               folder + " is not a run folder (no config.resolved.yaml in it)"};
}

Expected<ExperimentConfig> OpenRun(const std::string& folder) {
  if (auto run = CheckRunFolder(folder); !run) return run.error();
  return LoadExperiment(folder + kConfigFile, {});
}

}  // namespace mcunas
