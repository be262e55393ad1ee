#include "cli/run/run_folder.h"

#include <chrono>
#include <filesystem>

#include "common/config.h"
#include "common/file.h"
#include "nas/records/run_folder.h"

namespace mcunas {
namespace {

constexpr const char* kConfigFile = "/config.resolved.yaml";

}  // namespace

std::string ResolvedConfig(const ExperimentConfig& config) {
  ExperimentConfig copy = config;  // Describe visits a mutable struct
  return DumpConfig([&](ConfigVisitor& visitor) { Describe(visitor, copy); });
}

Expected<std::string> StartRun(const ExperimentConfig& config, const std::string& wanted) {
  const auto now = std::chrono::system_clock::now();
  std::string folder = wanted;
  if (folder.empty()) {
    const auto made = CreateRunFolder("runs", config.name, now);
    if (!made) return made.error();
    folder = made->string();
  } else if (std::filesystem::exists(folder + kConfigFile)) {
    return Error{ErrorCode::kUsage,
                 folder + " holds a run already; continue it with: mcunas resume " + folder};
  }
  auto written = WriteFileAtomically(folder + "/environment.json", EnvironmentJson(now));
  if (written) written = WriteFileAtomically(folder + kConfigFile, ResolvedConfig(config));
  if (!written) return written.error();
  return folder;
}

Expected<ExperimentConfig> OpenRun(const std::string& folder) {
  if (!std::filesystem::exists(folder + kConfigFile)) {
    return Error{ErrorCode::kNotFound,
                 folder + " is not a run folder (no config.resolved.yaml in it)"};
  }
  return LoadExperiment(folder + kConfigFile, {});
}

}  // namespace mcunas
