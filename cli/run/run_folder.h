// Opening and starting runs; the layout of the folder is nas/records/run_folder.h.
#pragma once

#include <string>

#include "cli/run/experiment.h"
#include "common/expected.h"

namespace mcunas {

// Makes the folder (`wanted`, or runs/<name>-<UTC time> where empty) and writes the resolved config
// and the environment. kUsage if `wanted` holds a run already.
Expected<std::string> StartRun(const ExperimentConfig& config, const std::string& wanted);

// The config of an existing run; kNotFound if the folder is none.
Expected<ExperimentConfig> OpenRun(const std::string& folder);

// The config with every default filled in, as YAML.
std::string ResolvedConfig(const ExperimentConfig& config);

}  // namespace mcunas
