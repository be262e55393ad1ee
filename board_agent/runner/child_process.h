// A child process that its runner watches while it works: own process group, output read as it
// comes, killed with its whole group at the latest when this object goes.
//
// Unlike RunProcess (common/process.h) the parent may talk to it meanwhile.
// Thread rule: one thread at a time.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/expected.h"

namespace mcunas {

struct ChildOptions {
  std::vector<std::string> arguments;    // argv; [0] is a path or a name in PATH; never a shell
  std::vector<std::string> environment;  // "NAME=value"; nothing else is passed on
  std::filesystem::path working_folder;
  int inherited_descriptor = -1;  // becomes descriptor 3 of the child
  size_t output_limit = 256 * 1024;
};

class ChildProcess {
 public:
  // kNotFound where the program cannot be started. stdin is /dev/null.
  static Expected<ChildProcess> Start(const ChildOptions& options);
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;
  ~ChildProcess();

  // Collects output and the exit status; never waits.
  bool Running();
  // Waits at most this long for the end; true when it came.
  bool WaitFor(std::chrono::milliseconds limit);
  // Processor time that the child has used; 0 once it has ended.
  std::chrono::milliseconds CpuTime() const;
  // SIGINT to the group: a debug tool gets the chance to leave its probe in order.
  void Interrupt();
  // SIGKILL to the group, then waits for the child itself.
  void Kill();

  // 128 + signal when killed; empty while it runs.
  std::optional<int> exit_code() const { return exit_code_; }
  // stdout and stderr as written, up to the limit.
  const std::string& output() const { return output_; }

 private:
  ChildProcess(pid_t pid, int output_descriptor, size_t output_limit)
      : pid_(pid), descriptor_(output_descriptor), output_limit_(output_limit) {}
  void Drain();

  pid_t pid_;
  int descriptor_;
  size_t output_limit_;
  std::optional<int> exit_code_;
  std::string output_;
};

// The variables that tools need and nothing else: PATH, HOME, LANG, TMPDIR, PYTHONPATH.
std::vector<std::string> ToolEnvironment();

}  // namespace mcunas
