// The whole command line as a function: arguments in, exit code out.
#pragma once

#include <string>
#include <vector>

#include "common/stop.h"

namespace mcunas {

// Runs the verb that `arguments` name (without the program's name) and returns its exit code: 0, or
// 2 for a wrong call, else what ExitCodeFor says. Results go to stdout, errors and log to stderr.
// The verb ends early, with its state saved, once `stop` is set.
int RunCommandLine(const std::vector<std::string>& arguments, StopToken* stop);

}  // namespace mcunas
