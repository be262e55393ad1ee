#include "board_agent/runner/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <thread>

namespace mcunas {
namespace {

using std::chrono::milliseconds;

constexpr int kInheritedDescriptor = 3;
constexpr int kCannotStart = 127;
constexpr milliseconds kLook{2};

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// What the child needs, prepared before fork: afterwards only async-signal-safe calls are allowed.
struct Launch {
  std::vector<char*> arguments;
  std::vector<char*> environment;
  const char* folder;
  int inherited;
  int output;
  int failure;  // receives errno when the program cannot be started
  pid_t parent;
};

[[noreturn]] void RunChild(const Launch& launch) {
  setpgid(0, 0);
  // The group dies with the agent, even if that is killed.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != launch.parent) _exit(kCannotStart);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  signal(SIGINT, SIG_DFL);
  const int null = open("/dev/null", O_RDONLY);
  bool ready = null >= 0 && dup2(null, 0) == 0 && dup2(launch.output, 1) == 1 &&
               dup2(launch.output, 2) == 2 && (launch.folder[0] == 0 || chdir(launch.folder) == 0);
  if (ready && launch.inherited == kInheritedDescriptor) {
    ready = fcntl(launch.inherited, F_SETFD, 0) == 0;
  } else if (ready && launch.inherited >= 0) {
    ready = dup2(launch.inherited, kInheritedDescriptor) == kInheritedDescriptor;
  }
  // Sockets and files of the agent are nothing for its tools.
  close_range(kInheritedDescriptor + 1, ~0u, CLOSE_RANGE_CLOEXEC);
  if (launch.inherited < 0) close(kInheritedDescriptor);
  if (ready) execvpe(launch.arguments[0], launch.arguments.data(), launch.environment.data());
  const int reason = errno;
  (void)!write(launch.failure, &reason, sizeof reason);
  _exit(kCannotStart);
}

void CloseIfOpen(int* descriptor) {
  if (*descriptor >= 0) close(*descriptor);
  *descriptor = -1;
}

// Above 3, so that the descriptor which the child inherits never overwrites one that is still
// needed.
bool MakePipe(int ends[2]) {
  if (pipe2(ends, O_CLOEXEC) != 0) return false;
  for (int i = 0; i < 2; ++i) {
    const int moved = fcntl(ends[i], F_DUPFD_CLOEXEC, kInheritedDescriptor + 1);
    if (moved < 0) return false;
    close(ends[i]);
    ends[i] = moved;
  }
  return true;
}

Error CannotStart(const std::string& program, int reason) {
  return {ErrorCode::kNotFound, "cannot start " + program + ": " + std::strerror(reason)};
}

}  // namespace

Expected<ChildProcess> ChildProcess::Start(const ChildOptions& options) {
  int output[2] = {-1, -1};
  int failure[2] = {-1, -1};
  if (!MakePipe(output) || !MakePipe(failure)) return CannotStart(options.arguments[0], errno);
  const std::string folder = options.working_folder.string();
  const Launch launch{Pointers(options.arguments),
                      Pointers(options.environment),
                      folder.c_str(),
                      options.inherited_descriptor,
                      output[1],
                      failure[1],
                      getpid()};
  const pid_t pid = fork();
  if (pid == 0) RunChild(launch);
  const int fork_error = errno;
  if (pid > 0) setpgid(pid, pid);
  CloseIfOpen(&output[1]);
  CloseIfOpen(&failure[1]);
  int reason = pid < 0 ? fork_error : 0;
  if (pid > 0 && read(failure[0], &reason, sizeof reason) != sizeof reason) reason = 0;
  CloseIfOpen(&failure[0]);
  if (reason != 0) {
    CloseIfOpen(&output[0]);
    if (pid > 0) waitpid(pid, nullptr, 0);
    return CannotStart(options.arguments[0], reason);
  }
  fcntl(output[0], F_SETFL, O_NONBLOCK);
  return ChildProcess(pid, output[0], options.output_limit);
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(other.pid_),
      descriptor_(other.descriptor_),
      output_limit_(other.output_limit_),
      exit_code_(other.exit_code_),
      output_(std::move(other.output_)) {
  other.pid_ = -1;
  other.descriptor_ = -1;
}

ChildProcess::~ChildProcess() {
  if (pid_ > 0) Kill();
  CloseIfOpen(&descriptor_);
}

void ChildProcess::Drain() {
  char buffer[4096];
  ssize_t got;
  while ((got = read(descriptor_, buffer, sizeof buffer)) > 0) {
    const size_t room = output_limit_ - std::min(output_limit_, output_.size());
    output_.append(buffer, std::min(room, static_cast<size_t>(got)));
  }
}

bool ChildProcess::Running() {
  Drain();
  if (exit_code_) return false;
  int status = 0;
  const pid_t done = waitpid(pid_, &status, WNOHANG);
  if (done == 0) return true;
  exit_code_ = done < 0            ? kCannotStart
               : WIFEXITED(status) ? WEXITSTATUS(status)
                                   : 128 + WTERMSIG(status);
  Drain();
  return false;
}

bool ChildProcess::WaitFor(milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (Running()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(kLook);
  }
  return true;
}

milliseconds ChildProcess::CpuTime() const {
  clockid_t clock;
  timespec used{};
  if (exit_code_ || clock_getcpuclockid(pid_, &clock) != 0) return milliseconds(0);
  if (clock_gettime(clock, &used) != 0) return milliseconds(0);
  return milliseconds(used.tv_sec * 1000 + used.tv_nsec / 1'000'000);
}

void ChildProcess::Interrupt() {
  if (!exit_code_) kill(-pid_, SIGINT);
}

void ChildProcess::Kill() {
  // Also after the child's own end: what it started may still be there.
  kill(-pid_, SIGKILL);
  if (!exit_code_) {
    int status = 0;
    waitpid(pid_, &status, 0);
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  Drain();
}

std::vector<std::string> ToolEnvironment() {
  std::vector<std::string> environment;
  for (const char* name : {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH"}) {
    if (const char* value = std::getenv(name))
      environment.push_back(std::string(name) + "=" + value);
  }
  return environment;
}

}  // namespace mcunas
