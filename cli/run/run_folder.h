// Opening and starting runs; the layout of the folder is nas/records/run_folder.h.
#pragma once

#include <optional>
#include <string>

#include "cli/run/experiment.h"
#include "common/expected.h"
#include "common/file_lock.h"

namespace mcunas {

// The right to write into a run folder; one process has it at a time.
struct StartedRun {
  std::string folder;
  FileLock lock;
};

// Makes the folder (`wanted`, or runs/<name>-<UTC time> where empty), locks it and writes the
// resolved config and the environment. kUsage if `wanted` holds a run already; errors of LockRun.
Expected<StartedRun> StartRun(const ExperimentConfig& config, const std::string& wanted);

// Locks an existing folder. kUnavailable, with the holder's name, where somebody works on it now.
Expected<FileLock> LockRun(const std::string& folder);

// Who works on the run now; nobody where the process ended, however it did.
std::optional<LockHolder> WhoRuns(const std::string& folder);

// kNotFound if the folder holds no run.
Expected<void> CheckRunFolder(const std::string& folder);

// The config of an existing run; kNotFound if the folder is none.
Expected<ExperimentConfig> OpenRun(const std::string& folder);

// The config with every default filled in, as YAML.
std::string ResolvedConfig(const ExperimentConfig& config);

}  // namespace mcunas
