// A run folder: everything one search leaves behind, and all that `mcunas resume` needs.
//   config.resolved.yaml  environment.json  study.db  log.jsonl  checkpoints/  candidates/<hash>/
//   pareto.csv  result.json  report.html
#pragma once

#include <string>

#include "common/expected.h"
#include "nas/cli/experiment.h"

namespace mcunas {

// Makes the folder (`wanted`, or runs/<name>-<UTC time> where empty) and writes the resolved config and
// the environment. kUsage if `wanted` holds a run already.
Expected<std::string> CreateRunFolder(const ExperimentConfig& config, const std::string& wanted);

// The config of an existing run; kNotFound if the folder is none.
Expected<ExperimentConfig> OpenRunFolder(const std::string& folder);

// What numbers may depend on: versions of mcunas and the tools, processor, threads. JSON.
std::string DescribeEnvironment();

std::string ResolvedConfig(const ExperimentConfig& config);

}  // namespace mcunas
