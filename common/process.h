// Child processes that cannot hang their parent: own process group, hard time limit, capped output.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "common/expected.h"

namespace mcunas {

struct ProcessRequest {
  std::vector<std::string> arguments;    // argv; [0] is looked up in PATH; never a shell
  std::filesystem::path working_folder;  // empty: the current one
  std::chrono::milliseconds time_limit{60'000};
  size_t output_limit = 1 << 20;  // bytes kept of stdout+stderr together; the rest is dropped
};

struct ProcessResult {
  int exit_code = -1;      // 128 + signal when killed
  bool timed_out = false;  // the limit struck and the whole process group was killed
  std::string output;      // stdout and stderr, interleaved as written
};

// Runs to the end or to the limit. stdin is /dev/null. kNotFound if the program does not exist.
// Whatever the exit code: it is data, not an Error.
Expected<ProcessResult> RunProcess(const ProcessRequest& request);

// Full path of a program in PATH, or empty.
std::string FindProgram(const std::string& name);

}  // namespace mcunas
