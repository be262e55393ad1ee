#include "common/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace mcunas {
namespace {

using Clock = std::chrono::steady_clock;

// How long output may still trickle in after the child itself has ended: a grandchild that keeps the pipe
// open must not keep us.
constexpr std::chrono::milliseconds kDrainTime{200};
constexpr int kPollMs = 20;

struct Child {
  pid_t pid = -1;
  int output = -1;  // read end of the pipe of stdout and stderr
};

[[noreturn]] void ExecuteChild(const ProcessRequest& request, char* const* argv, int output) {
  ::setpgid(0, 0);
  const int null = ::open("/dev/null", O_RDONLY);
  ::dup2(null, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  if (!request.working_folder.empty() && ::chdir(request.working_folder.c_str()) != 0) ::_exit(126);
  ::execvp(argv[0], argv);
  ::_exit(127);
}

Expected<Child> Start(const ProcessRequest& request) {
  std::vector<char*> argv;
  for (const std::string& argument : request.arguments) {
    argv.push_back(const_cast<char*>(argument.c_str()));
  }
  argv.push_back(nullptr);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return Error{ErrorCode::kIo, std::string("cannot make a pipe: ") + std::strerror(errno)};
  }
  const pid_t pid = ::fork();
  if (pid == 0) ExecuteChild(request, argv.data(), ends[1]);
  ::close(ends[1]);
  if (pid < 0) {
    ::close(ends[0]);
    return Error{ErrorCode::kIo, std::string("cannot start a process: ") + std::strerror(errno)};
  }
  ::setpgid(pid, pid);  // both sides do it: whoever comes first wins the race
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return Child{pid, ends[0]};
}

// Reads what is there; false at the end of the stream.
bool Drain(const Child& child, size_t limit, std::string* output) {
  char block[1 << 14];
  while (true) {
    const ssize_t got = ::read(child.output, block, sizeof block);
    if (got == 0) return false;
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    const size_t room = limit - std::min(limit, output->size());
    output->append(block, std::min(room, static_cast<size_t>(got)));
  }
}

int ExitCode(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Waits for the child itself (not for whoever holds its output), killing the group at the limit.
int WaitForEnd(const Child& child, const ProcessRequest& request, ProcessResult* result) {
  const Clock::time_point deadline = Clock::now() + request.time_limit;
  bool open = true;
  int status = 0;
  while (::waitpid(child.pid, &status, WNOHANG) == 0) {
    if (Clock::now() >= deadline) {
      result->timed_out = true;
      ::kill(-child.pid, SIGKILL);
      ::waitpid(child.pid, &status, 0);
      break;
    }
    pollfd watched{child.output, POLLIN, 0};
    ::poll(&watched, open ? 1 : 0, kPollMs);
    if (open) open = Drain(child, request.output_limit, &result->output);
  }
  const Clock::time_point drained = Clock::now() + kDrainTime;
  while (open && Clock::now() < drained) {
    open = Drain(child, request.output_limit, &result->output);
    pollfd watched{child.output, POLLIN, 0};
    if (open) ::poll(&watched, 1, kPollMs);
  }
  return status;
}

}  // namespace

Expected<ProcessResult> RunProcess(const ProcessRequest& request) {
  if (request.arguments.empty()) return Error{ErrorCode::kUsage, "no program to run"};
  const std::string program = FindProgram(request.arguments[0]);
  if (program.empty()) {
    return Error{ErrorCode::kNotFound, "program '" + request.arguments[0] + "' is not installed"};
  }
  auto child = Start(request);
  if (!child) return child.error();
  ProcessResult result;
  const int status = WaitForEnd(*child, request, &result);
  ::kill(-child->pid, SIGKILL);  // grandchildren that outlived it
  ::close(child->output);
  result.exit_code = ExitCode(status);
  return result;
}

std::string FindProgram(const std::string& name) {
  if (name.find('/') != std::string::npos) return ::access(name.c_str(), X_OK) == 0 ? name : "";
  const char* path = std::getenv("PATH");
  std::string rest = path == nullptr ? "/usr/bin:/bin" : path;
  while (!rest.empty()) {
    const size_t colon = rest.find(':');
    const std::string candidate = rest.substr(0, colon) + "/" + name;
    if (::access(candidate.c_str(), X_OK) == 0 && std::filesystem::is_regular_file(candidate)) {
      return candidate;
    }
    rest = colon == std::string::npos ? "" : rest.substr(colon + 1);
  }
  return "";
}

}  // namespace mcunas
