#include "common/process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

namespace mcunas {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;

ProcessRequest Shell(const std::string& script, milliseconds limit = milliseconds(20'000)) {
  ProcessRequest request;
  request.arguments = {"sh", "-c", script};
  request.time_limit = limit;
  return request;
}

milliseconds TimeOf(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start);
}

TEST(RunProcess, CollectsBothStreamsAndTheExitCode) {
  const auto result = RunProcess(Shell("echo out; echo err >&2; exit 3"));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->exit_code, 3);
  EXPECT_EQ(result->output, "out\nerr\n");
  EXPECT_FALSE(result->timed_out);
}

TEST(RunProcess, NeedsNoShellAndSplitsNothing) {
  ProcessRequest request;
  request.arguments = {"printf", "%s|", "a b", "$HOME;*"};
  EXPECT_EQ(RunProcess(request)->output, "a b|$HOME;*|");
}

TEST(RunProcess, KnowsAMissingProgram) {
  ProcessRequest request;
  request.arguments = {"mcunas-no-such-program"};
  const auto result = RunProcess(request);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(result.error().message, HasSubstr("mcunas-no-such-program"));
}

TEST(RunProcess, KnowsAMissingFolder) {
  ProcessRequest request = Shell("true");
  request.working_folder = "/no/such/folder";
  const auto result = RunProcess(request);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(result.error().message, HasSubstr("/no/such/folder"));
}

TEST(RunProcess, RunsInItsFolder) {
  ProcessRequest request = Shell("pwd");
  request.working_folder = "/";
  EXPECT_EQ(RunProcess(request)->output, "/\n");
}

TEST(RunProcess, ReadsNothingFromStdin) {
  EXPECT_EQ(RunProcess(Shell("cat; echo end"))->output, "end\n");
}

TEST(RunProcess, ReportsTheKillingSignal) {
  EXPECT_EQ(RunProcess(Shell("kill -SEGV $$"))->exit_code, 128 + SIGSEGV);
}

TEST(RunProcess, KillsTheWholeGroupAtTheLimit) {
  Expected<ProcessResult> result = ProcessResult{};
  const auto time = TimeOf([&] {
    result = RunProcess(Shell("trap '' TERM INT; echo begun; sleep 60 & echo $!; wait; sleep 60",
                              milliseconds(300)));
  });
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->timed_out);
  EXPECT_EQ(result->exit_code, 128 + SIGKILL);
  EXPECT_THAT(result->output, HasSubstr("begun"));
  EXPECT_LT(time, milliseconds(5'000));
  const pid_t grandchild = std::stoi(result->output.substr(result->output.find('\n') + 1));
  bool gone = false;
  for (int i = 0; i < 100 && !gone; ++i) {
    gone =
        ::kill(grandchild, 0) != 0 ||
        !RunProcess(Shell("grep -q '^State:.[ZX]' /proc/" + std::to_string(grandchild) + "/status"))
             ->exit_code;
    ::usleep(10'000);
  }
  EXPECT_TRUE(gone);
}

TEST(RunProcess, GrandchildHoldingTheOutputCannotHangIt) {
  Expected<ProcessResult> result = ProcessResult{};
  const auto time = TimeOf([&] { result = RunProcess(Shell("sleep 60 & echo done")); });
  EXPECT_EQ(result->output, "done\n");
  EXPECT_EQ(result->exit_code, 0);
  EXPECT_FALSE(result->timed_out);
  EXPECT_LT(time, milliseconds(10'000));
}

TEST(RunProcess, GrandchildInAnotherSessionCannotHangIt) {
  Expected<ProcessResult> result = ProcessResult{};
  const auto time =
      TimeOf([&] { result = RunProcess(Shell("setsid sh -c 'yes; sleep 20' & echo done")); });
  EXPECT_EQ(result->exit_code, 0);
  EXPECT_LT(time, milliseconds(10'000));
}

TEST(RunProcess, CapsTheOutput) {
  ProcessRequest request = Shell("head -c 5000000 /dev/zero | tr '\\0' x; echo tail");
  request.output_limit = 1000;
  const auto result = RunProcess(request);
  EXPECT_EQ(result->exit_code, 0);  // the rest was read and dropped: nobody gets SIGPIPE
  EXPECT_EQ(result->output, std::string(1000, 'x'));
}

TEST(RunProcess, EndlessOutputStopsAtTheLimit) {
  ProcessRequest request = Shell("yes", milliseconds(300));
  request.output_limit = 1 << 16;
  const auto result = RunProcess(request);
  EXPECT_TRUE(result->timed_out);
  EXPECT_EQ(result->output.size(), size_t{1} << 16);
}

TEST(RunProcess, LargeOutputArrivesWhole) {
  const auto result = RunProcess(Shell("head -c 900000 /dev/zero | tr '\\0' x"));
  EXPECT_EQ(result->output.size(), 900'000u);
}

TEST(RunProcess, GivesAwayNoOpenFiles) {
  const int leaked = ::open("/dev/null", O_RDONLY);  // deliberately without O_CLOEXEC
  ASSERT_GE(leaked, 3);
  const auto result = RunProcess(Shell("ls /proc/$$/fd"));
  ::close(leaked);
  EXPECT_THAT(result->output, Not(HasSubstr(std::to_string(leaked) + "\n")));
}

TEST(FindProgram, LooksInThePath) {
  EXPECT_THAT(FindProgram("sh"), ::testing::EndsWith("/sh"));
  EXPECT_EQ(FindProgram("/bin/sh"), "/bin/sh");
  EXPECT_EQ(FindProgram("mcunas-no-such-program"), "");
  EXPECT_EQ(FindProgram("/etc/passwd"), "");
  EXPECT_EQ(FindProgram(""), "");
}

}  // namespace
}  // namespace mcunas
