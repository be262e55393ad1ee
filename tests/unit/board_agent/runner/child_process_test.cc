#include "board_agent/runner/child_process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

namespace mcunas {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

Expected<ChildProcess> Shell(const std::string& script, int descriptor = -1) {
  ChildOptions options;
  options.arguments = {"/bin/sh", "-c", script};
  options.environment = ToolEnvironment();
  options.inherited_descriptor = descriptor;
  return ChildProcess::Start(options);
}

TEST(ChildProcessTest, CollectsOutputAndCode) {
  auto child = Shell("echo out; echo err >&2; exit 7");
  ASSERT_TRUE(child.ok());
  ASSERT_TRUE(child->WaitFor(milliseconds(5000)));
  EXPECT_EQ(child->exit_code(), 7);
  EXPECT_NE(child->output().find("out"), std::string::npos);
  EXPECT_NE(child->output().find("err"), std::string::npos);
}

TEST(ChildProcessTest, MissingProgramIsAnError) {
  ChildOptions options;
  options.arguments = {"/nonexistent/program"};
  const auto child = ChildProcess::Start(options);
  ASSERT_FALSE(child.ok());
  EXPECT_EQ(child.error().code, ErrorCode::kNotFound);
}

TEST(ChildProcessTest, KillTakesTheWholeGroup) {
  auto child = Shell("sleep 60 & echo $!; wait");
  ASSERT_TRUE(child.ok());
  while (child->output().find('\n') == std::string::npos) ASSERT_TRUE(child->Running());
  const pid_t grandchild = std::stoi(child->output());
  const auto begin = Clock::now();
  child->Kill();
  EXPECT_LT(Clock::now() - begin, milliseconds(2000));
  EXPECT_EQ(child->exit_code(), 128 + SIGKILL);
  // Gone, or a zombie that its new parent has yet to collect.
  for (int i = 0; i < 200; ++i) {
    if (kill(grandchild, 0) != 0) return;
    const std::string stat = "/proc/" + std::to_string(grandchild) + "/stat";
    FILE* file = std::fopen(stat.c_str(), "r");
    char state = 'Z';
    if (file) {
      (void)!std::fscanf(file, "%*d %*s %c", &state);
      std::fclose(file);
    }
    if (state == 'Z') return;
    std::this_thread::sleep_for(milliseconds(10));
  }
  FAIL() << "the grandchild survived";
}

TEST(ChildProcessTest, DestructorLeavesNothingBehind) {
  pid_t pid = 0;
  {
    auto child = Shell("echo $$; sleep 60");
    ASSERT_TRUE(child.ok());
    while (child->output().find('\n') == std::string::npos) ASSERT_TRUE(child->Running());
    pid = std::stoi(child->output());
    EXPECT_EQ(kill(pid, 0), 0);
  }
  EXPECT_NE(kill(pid, 0), 0);
}

TEST(ChildProcessTest, OutputIsCapped) {
  ChildOptions options;
  options.arguments = {"/bin/sh", "-c", "yes | head -c 1000000"};
  options.environment = ToolEnvironment();
  options.output_limit = 1000;
  auto child = ChildProcess::Start(options);
  ASSERT_TRUE(child.ok());
  ASSERT_TRUE(child->WaitFor(milliseconds(10000)));
  EXPECT_EQ(child->output().size(), 1000u);
  EXPECT_EQ(child->exit_code(), 0);
}

TEST(ChildProcessTest, HandsOverOneDescriptorAndNoInput) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  auto child =
      Shell("cat; read word <&3; echo got $word; ls /proc/self/fd | tr '\\n' ' '", ends[1]);
  close(ends[1]);
  ASSERT_TRUE(child.ok());
  ASSERT_EQ(write(ends[0], "hello\n", 6), 6);
  ASSERT_TRUE(child->WaitFor(milliseconds(5000)));  // `cat` sees the end of /dev/null at once
  close(ends[0]);
  EXPECT_NE(child->output().find("got hello\n0 1 2 3 "), std::string::npos) << child->output();
}

TEST(ChildProcessTest, CpuTimeIsWorkNotWaiting) {
  auto sleeper = Shell("sleep 60");
  auto worker = Shell("while :; do :; done");
  ASSERT_TRUE(sleeper.ok() && worker.ok());
  const auto end = Clock::now() + milliseconds(20'000);
  while (worker->CpuTime() < milliseconds(200) && Clock::now() < end) {
    std::this_thread::sleep_for(milliseconds(10));
  }
  EXPECT_GE(worker->CpuTime(), milliseconds(200));
  EXPECT_LT(sleeper->CpuTime(), milliseconds(100));
  worker->Kill();
  EXPECT_EQ(worker->CpuTime(), milliseconds(0));
}

TEST(ChildProcessTest, EnvironmentIsShort) {
  setenv("MCUNAS_SECRET_FOR_TEST", "1", 1);
  auto child = Shell("env");
  unsetenv("MCUNAS_SECRET_FOR_TEST");
  ASSERT_TRUE(child.ok());
  ASSERT_TRUE(child->WaitFor(milliseconds(5000)));
  EXPECT_NE(child->output().find("PATH="), std::string::npos);
  EXPECT_EQ(child->output().find("MCUNAS_SECRET_FOR_TEST"), std::string::npos);
}

}  // namespace
}  // namespace mcunas
