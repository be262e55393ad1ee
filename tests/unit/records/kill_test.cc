// kill -9 at random moments, then resume: the history is that of an undisturbed run, byte by byte.
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "common/random.h"
#include "nas/records/history.h"
#include "nas/records/open_study.h"

extern char** environ;

namespace mcunas {
namespace {

using Clock = std::chrono::steady_clock;

pid_t Start(const std::string& study) {
  std::string program = MCUNAS_KILLED_SEARCH;
  std::string argument = study;
  char* arguments[] = {program.data(), argument.data(), nullptr};
  pid_t child = -1;
  EXPECT_EQ(posix_spawn(&child, program.c_str(), nullptr, nullptr, arguments, environ), 0);
  return child;
}

// True when the program had come to its end before `patience` was over and it was killed.
bool RunFor(const std::string& study, std::chrono::microseconds patience) {
  const pid_t child = Start(study);
  std::this_thread::sleep_for(patience);
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) return false;
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  return true;
}

void RunToTheEnd(const std::string& study) {
  int status = 0;
  waitpid(Start(study), &status, 0);
  ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

std::string HistoryOf(const std::string& study) {
  auto database = OpenStudyReader(SqliteUrl(study));
  EXPECT_TRUE(database.ok()) << database.error().message;
  return *DumpHistory(**database);
}

TEST(KillTest, AnyMomentLeadsToTheSameHistory) {
  const auto folder =
      std::filesystem::path(::testing::TempDir()) / ("kill_" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  const auto begin = Clock::now();
  RunToTheEnd((folder / "calm.db").string());
  const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin);
  const std::string calm = HistoryOf((folder / "calm.db").string());
  ASSERT_GT(calm.size(), 10000u);

  RandomStream random(static_cast<uint64_t>(whole.count()), "kill points");
  int kills = 0;
  for (int trial = 0; kills < 24 && trial < 20; ++trial) {
    const std::string study = (folder / ("killed" + std::to_string(trial) + ".db")).string();
    // Up to four kills of one study, then in peace.
    for (int life = 0; life < 4; ++life) {
      const auto patience = random.Unit() * 0.6 * static_cast<double>(whole.count());
      if (RunFor(study, std::chrono::microseconds(static_cast<int64_t>(patience)))) break;
      ++kills;
    }
    RunToTheEnd(study);
    EXPECT_EQ(HistoryOf(study), calm) << "trial " << trial << " after " << kills << " kills";
  }
  EXPECT_GE(kills, 20);
  std::printf("%d kills within a run of %.2f s\n", kills,
              1e-6 * static_cast<double>(whole.count()));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace mcunas
