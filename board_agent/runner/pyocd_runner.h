// Runs an image on a real board through the pyOCD command line (tested with 0.46.0).
//
// One `pyocd commander` process per attempt does everything: load, reset, wait, save the result
// block to a file. Only that file proves success. pyOCD never sees a shell, the user's
// configuration, a folder with scripts of others, or text from clients.
#pragma once

#include <memory>

#include "board_agent/runner/make_runner.h"

namespace mcunas {

std::unique_ptr<Runner> MakePyocdRunner(const RunnerConfig& config);

}  // namespace mcunas
