#include "common/process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <thread>

#include "common/check.h"

extern char** environ;

namespace mcunas {
namespace {

using Clock = std::chrono::steady_clock;

// How long a look at the pipe may last before the child itself is looked at again: a grandchild can
// keep the pipe open for ever.
constexpr std::chrono::milliseconds kSlice(20);

struct Child {
  pid_t pid = -1;  // also the process group
  int output = -1;
};

// Signals and open files of this process are none of the child's business.
void PrepareAttributes(posix_spawnattr_t* attributes) {
  posix_spawnattr_init(attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setpgroup(attributes, 0);
  posix_spawnattr_setsigmask(attributes, &none);
  posix_spawnattr_setsigdefault(attributes, &all);
  posix_spawnattr_setflags(attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

void PrepareFiles(const ProcessRequest& request, int output, posix_spawn_file_actions_t* actions) {
  posix_spawn_file_actions_init(actions);
  posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(actions, output, STDERR_FILENO);
  posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
  if (!request.working_folder.empty()) {
    posix_spawn_file_actions_addchdir_np(actions, request.working_folder.c_str());
  }
}

Expected<Child> Spawn(const ProcessRequest& request) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return Error{ErrorCode::kIo, std::string("cannot make a pipe: ") + std::strerror(errno)};
  }
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  std::vector<char*> arguments;
  for (const std::string& argument : request.arguments) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
  PrepareAttributes(&attributes);
  PrepareFiles(request, ends[1], &actions);
  Child child{-1, ends[0]};
  const int error =
      ::posix_spawnp(&child.pid, arguments[0], &actions, &attributes, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  ::close(ends[1]);
  if (error == 0) return child;
  ::close(ends[0]);
  if (error == ENOENT) {
    return Error{ErrorCode::kNotFound, "program '" + request.arguments[0] + "' is not installed"};
  }
  return Error{ErrorCode::kIo,
               "cannot start " + request.arguments[0] + ": " + std::strerror(error)};
}

// Takes what the pipe holds now. False at its end.
bool Drain(int fd, size_t limit, std::string* output) {
  char buffer[1 << 14];
  while (true) {
    const ssize_t n = ::read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno == EAGAIN;
    if (n == 0) return false;
    output->append(buffer,
                   std::min(static_cast<size_t>(n), limit - std::min(limit, output->size())));
    // A child that writes without pause must not keep us from looking at the clock.
    if (static_cast<size_t>(n) < sizeof buffer || output->size() >= limit) return true;
  }
}

// Waits for output or a slice of time, whichever comes first.
void WaitForOutput(int fd, bool open, std::chrono::milliseconds slice) {
  if (!open) {
    std::this_thread::sleep_for(std::min(slice, std::chrono::milliseconds(1)));
    return;
  }
  pollfd watched{fd, POLLIN, 0};
  ::poll(&watched, 1, static_cast<int>(slice.count()));
}

// True once the child is a zombie. It stays one, so its group number cannot be given away yet.
bool HasExited(pid_t pid) {
  siginfo_t info = {};
  return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == pid;
}

// Runs until the child exits (true) or the limit strikes (false).
bool Watch(const Child& child, const ProcessRequest& request, std::string* output) {
  const Clock::time_point deadline = Clock::now() + request.time_limit;
  bool open = true;
  while (!HasExited(child.pid)) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return false;
    WaitForOutput(child.output, open, std::min(left, kSlice));
    open = open && Drain(child.output, request.output_limit, output);
  }
  return true;
}

// Everything the child wrote before it died, but no more than a pipe can hold: a grandchild may go
// on writing. Then ends the group and reaps the child.
int Finish(const Child& child, const ProcessRequest& request, std::string* output) {
  ::kill(-child.pid, SIGKILL);
  constexpr int kPipeReads = (1 << 20) / (1 << 14);
  for (int i = 0; i < kPipeReads; ++i) {
    const size_t before = output->size();
    if (!Drain(child.output, request.output_limit, output) || output->size() == before) break;
  }
  ::close(child.output);
  int status = 0;
  while (::waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool IsExecutable(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

Expected<ProcessResult> RunProcess(const ProcessRequest& request) {
  MCUNAS_CHECK(!request.arguments.empty(), "a process needs at least its program");
  std::error_code ignored;
  if (!request.working_folder.empty() &&
      !std::filesystem::is_directory(request.working_folder, ignored)) {
    return Error{ErrorCode::kNotFound,
                 "no folder " + request.working_folder.string() + " to run a program in"};
  }
  const auto child = Spawn(request);
  if (!child) return child.error();
  ProcessResult result;
  result.timed_out = !Watch(*child, request, &result.output);
  result.exit_code = Finish(*child, request, &result.output);
  return result;
}

std::string FindProgram(const std::string& name) {
  if (name.empty()) return "";
  if (name.find('/') != std::string::npos) return IsExecutable(name) ? name : "";
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const size_t colon = std::min(rest.find(':'), rest.size());
    const std::filesystem::path folder(colon == 0 ? "." : rest.substr(0, colon));
    if (IsExecutable(folder / name)) return (folder / name).string();
    rest.remove_prefix(std::min(colon + 1, rest.size()));
  }
  return "";
}

}  // namespace mcunas
