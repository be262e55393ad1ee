#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "common/expected.h"
#include "common/file.h"
#include "common/log.h"
#include "common/process.h"
#include "common/progress.h"
#include "common/stop.h"

namespace mcunas {
namespace {

namespace fs = std::filesystem;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

fs::path FreshFolder() {
  std::string name = (fs::temp_directory_path() / "mcunas-log-XXXXXX").string();
  return ::mkdtemp(name.data());
}

std::vector<nlohmann::json> LinesOf(const fs::path& path) {
  std::vector<nlohmann::json> lines;
  std::istringstream stream(ReadFile(path).value());
  for (std::string line; std::getline(stream, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

TEST(Log, PeopleSeeLevelAndMessageWithoutColoursInPipes) {
  ::testing::internal::CaptureStderr();
  LogWarning("the {board} is away: 100 %");
  LogDebug("not for people");
  const std::string shown = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(shown, HasSubstr("warning the {board} is away: 100 %\n"));
  EXPECT_THAT(shown, Not(HasSubstr("not for people")));
  EXPECT_THAT(shown, Not(HasSubstr("\033")));
}

TEST(Log, MachinesGetEveryLineWithItsFields) {
  const fs::path folder = FreshFolder();
  ASSERT_TRUE(OpenJsonLog(folder / "run" / "log.jsonl"));
  ::testing::internal::CaptureStderr();
  LogDebug("hidden from people", {{"candidate", "ab12"}});
  LogError("quote \" newline \n broken utf8 \xff", {{"job", "7"}});
  ::testing::internal::GetCapturedStderr();
  const auto lines = LinesOf(folder / "run" / "log.jsonl");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0]["level"], "debug");
  EXPECT_EQ(lines[0]["message"], "hidden from people");
  EXPECT_EQ(lines[0]["candidate"], "ab12");
  EXPECT_THAT(lines[0]["time"].get<std::string>(), ContainsRegex("^20..-..-..T..:..:..\\....Z$"));
  EXPECT_EQ(lines[1]["level"], "error");
  EXPECT_THAT(lines[1]["message"].get<std::string>(), HasSubstr("quote \" newline \n"));
  fs::remove_all(folder);
}

TEST(Log, AppendsAndKeepsLinesOfThreadsWhole) {
  const fs::path folder = FreshFolder();
  ASSERT_TRUE(WriteFileAtomically(folder / "log.jsonl", "{\"message\":\"before\"}\n"));
  ASSERT_TRUE(OpenJsonLog(folder / "log.jsonl"));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([] {
      for (int i = 0; i < 200; ++i) LogDebug(std::string(300, 'x'));
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto lines = LinesOf(folder / "log.jsonl");
  ASSERT_EQ(lines.size(), 801u);
  EXPECT_EQ(lines[0]["message"], "before");
  fs::remove_all(folder);
}

TEST(Log, FullDiskIsToldOnceAndStopsNothing) {
  ASSERT_TRUE(OpenJsonLog("/dev/full"));
  ::testing::internal::CaptureStderr();
  LogDebug("one");
  LogDebug("two");
  const std::string shown = ::testing::internal::GetCapturedStderr();
  const size_t first = shown.find("No space left on device");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(shown.find("No space left on device", first + 1), std::string::npos);
}

TEST(Log, CannotOpenSaysWhy) {
  const auto opened = OpenJsonLog("/proc/no/log.jsonl");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kIo);
  EXPECT_THAT(opened.error().message, HasSubstr("/proc/no/log.jsonl"));
}

TEST(Log, LevelHidesLines) {
  SetLogLevel(LogLevel::kError);
  ::testing::internal::CaptureStderr();
  LogWarning("quiet");
  LogError("loud");
  const std::string shown = ::testing::internal::GetCapturedStderr();
  SetLogLevel(LogLevel::kInfo);
  EXPECT_THAT(shown, Not(HasSubstr("quiet")));
  EXPECT_THAT(shown, HasSubstr("loud"));
}

TEST(Progress, SaysWhatIsDoneAndLeft) {
  EXPECT_EQ(FormatProgress({"training", 12, 30, 12, 120, "loss 1.2"}),
            "training: 12/30 (40 %), 2m 00s, 3m 00s left  loss 1.2");
  EXPECT_EQ(FormatProgress({"scan", 5, 0, 5, 3, ""}), "scan: 5, 3s");
  EXPECT_EQ(FormatProgress({"training", 30, 30, 30, 61, ""}), "training: 30/30 (100 %), 1m 01s");
}

TEST(Progress, ResumedStepsDoNotCountAsSpeed) {
  // 10 of 100 steps in 10 s; 50 were there before.
  EXPECT_EQ(FormatProgress({"x", 60, 100, 10, 10, ""}), "x: 60/100 (60 %), 10s, 40s left");
  EXPECT_EQ(FormatProgress({"x", 60, 100, 0, 10, ""}), "x: 60/100 (60 %), 10s");
}

TEST(Progress, PlainOutputIsRareAndEndsWithTheLastStep) {
  ::testing::internal::CaptureStderr();
  {
    ProgressLine line("work", 1000);
    for (int i = 1; i <= 1000; ++i) line.Update(i, "");
  }
  const std::string shown = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(shown.begin(), shown.end(), '\n'), 1);
  EXPECT_THAT(shown, HasSubstr("work: 1000/1000 (100 %)"));
  EXPECT_THAT(shown, Not(HasSubstr("\r")));
}

// What the line shows on a terminal of its own.
std::string ShownOnTerminal(LogLevel level) {
  int terminal = -1, line_end = -1;
  EXPECT_EQ(::openpty(&terminal, &line_end, nullptr, nullptr, nullptr), 0);
  const int before = ::dup(STDERR_FILENO);
  ::dup2(line_end, STDERR_FILENO);
  ::setenv("TERM", "xterm", 1);
  SetLogLevel(level);
  {
    ProgressLine line("training", 10);
    line.Update(10, "");
  }
  LogError("end");
  SetLogLevel(LogLevel::kInfo);
  ::dup2(before, STDERR_FILENO);
  std::string shown;
  char bytes[512];
  pollfd ready{terminal, POLLIN, 0};
  while (shown.find("end") == std::string::npos && ::poll(&ready, 1, 5000) == 1)
    shown.append(bytes,
                 static_cast<size_t>(std::max<ssize_t>(0, ::read(terminal, bytes, sizeof bytes))));
  for (const int file : {terminal, line_end, before}) ::close(file);
  return shown;
}

TEST(Progress, WarningsOnlyMeansNoLineOnATerminalEither) {
  EXPECT_THAT(ShownOnTerminal(LogLevel::kInfo), HasSubstr("training: 10/10"));
  EXPECT_THAT(ShownOnTerminal(LogLevel::kWarning), Not(HasSubstr("training")));
}

TEST(FormatDuration, ChoosesTheUnit) {
  EXPECT_EQ(FormatDuration(0), "0s");
  EXPECT_EQ(FormatDuration(59.4), "59s");
  EXPECT_EQ(FormatDuration(59.6), "1m 00s");
  EXPECT_EQ(FormatDuration(190), "3m 10s");
  EXPECT_EQ(FormatDuration(3720), "1h 02m");
  EXPECT_EQ(FormatDuration(-1), "0s");
  EXPECT_FALSE(FormatDuration(std::numeric_limits<double>::quiet_NaN()).empty());
}

TEST(StopOnSignals, FirstSignalAsksSecondInterruptKills) {
  const auto child = [] {
    static StopToken token;
    StopOnSignals(&token);
    if (token.stop_requested()) std::exit(1);
    std::raise(SIGTERM);
    if (!token.stop_requested()) std::exit(2);
    std::raise(SIGINT);  // caught: the process goes on
    std::raise(SIGINT);
    std::exit(3);
  };
  EXPECT_EXIT(child(), ::testing::KilledBySignal(SIGINT), "");
}

TEST(Expected, CodesMapToExitCodes) {
  EXPECT_EQ(ExitCodeFor(ErrorCode::kUsage), 2);
  EXPECT_EQ(ExitCodeFor(ErrorCode::kNotFound), 2);
  EXPECT_EQ(ExitCodeFor(ErrorCode::kCorrupt), 2);
  EXPECT_EQ(ExitCodeFor(ErrorCode::kUnsupported), 2);
  EXPECT_EQ(ExitCodeFor(ErrorCode::kInfeasible), 3);
  EXPECT_EQ(ExitCodeFor(ErrorCode::kBoard), 4);
  EXPECT_EQ(ExitCodeFor(ErrorCode::kUnavailable), 75);
  EXPECT_EQ(ExitCodeFor(ErrorCode::kIo), 75);
  EXPECT_EQ(ExitCodeFor(ErrorCode::kInterrupted), 130);
}

TEST(ExpectedDeathTest, ValueOfAnErrorStopsWithItsMessage) {
  Expected<int> wrong = Error{ErrorCode::kIo, "the disk is gone"};
  EXPECT_EQ(wrong.error().WithContext("study").message, "study: the disk is gone");
  EXPECT_DEATH(wrong.value(), "the disk is gone");
  Expected<int> good = 3;
  EXPECT_EQ(*good, 3);
  EXPECT_DEATH((void)good.error(), "holds a value");
}

}  // namespace
}  // namespace mcunas
