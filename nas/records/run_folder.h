// The folder of one run: config.resolved.yaml, environment.json, run.lock (held by the process that
// works on the run), study.db, log.jsonl, checkpoints/, trainings/ (of networks that train
// alone, until the result is written), candidates/<hash>/, pareto.csv, result.json, report.html.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "common/expected.h"

namespace mcunas {

// Creates runs/<name>-<UTC time>/ under `runs` ("quickstart-20260823T141530Z"); "-2", "-3", ...
// where that exists already. kIo where the file system refuses.
Expected<std::filesystem::path> CreateRunFolder(const std::filesystem::path& runs,
                                                const std::string& name,
                                                std::chrono::system_clock::time_point now);

// What the numbers of a run were made with: program version, compiler, host, processor, cores,
// memory, libraries, start in UTC. JSON, for environment.json.
std::string EnvironmentJson(std::chrono::system_clock::time_point now);

}  // namespace mcunas
