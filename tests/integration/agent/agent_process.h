// A child process that prints "listening on URL" and may be killed.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

extern char** environ;

namespace mcunas {

class AgentProcess {
 public:
  AgentProcess() = default;
  ~AgentProcess() { End(SIGKILL); }
  AgentProcess(const AgentProcess&) = delete;
  AgentProcess& operator=(const AgentProcess&) = delete;

  // Starts it and waits for its line; the URL, or empty when it ended without one.
  std::string Start(const std::vector<std::string>& arguments) {
    int output[2];
    if (pipe2(output, O_CLOEXEC) != 0) return "";
    std::vector<char*> argv;
    for (const std::string& argument : arguments)
      argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
    const int failed = posix_spawnp(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(output[1]);
    if (failed != 0) pid_ = -1;
    const std::string line = failed == 0 ? ReadLine(output[0]) : "";
    close(output[0]);
    const std::string prefix = "listening on ";
    return line.starts_with(prefix) ? line.substr(prefix.size()) : "";
  }

  // The wait status; -1 when it does not run.
  int End(int signal_number) {
    if (pid_ <= 0) return -1;
    kill(pid_, signal_number);
    int status = -1;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return status;
  }

 private:
  static std::string ReadLine(int file) {
    std::string line;
    char c = 0;
    while (read(file, &c, 1) == 1 && c != '\n') line += c;
    return line;
  }

  pid_t pid_ = -1;
};

}  // namespace mcunas
