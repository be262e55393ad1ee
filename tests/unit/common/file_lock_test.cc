#include "common/file_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "common/file.h"
#include "tests/unit/common/temporary_folder.h"

namespace mcunas {
namespace {

namespace fs = std::filesystem;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;

class FileLockTest : public ::testing::Test {
 protected:
  // A process that takes the lock and holds it until it is killed.
  pid_t Holder() const {
    int told[2];
    EXPECT_EQ(::pipe(told), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      const auto lock = FileLock::Acquire(file_);
      const char ok = lock ? 'y' : 'n';
      [[maybe_unused]] const ssize_t written = ::write(told[1], &ok, 1);
      while (true) ::pause();
    }
    char said = 0;
    EXPECT_EQ(::read(told[0], &said, 1), 1);
    EXPECT_EQ(said, 'y');
    ::close(told[0]);
    ::close(told[1]);
    return child;
  }

  const fake::TemporaryFolder folder_;
  const fs::path file_ = folder_.path() / "run.lock";
};

TEST_F(FileLockTest, OneOwnerAtATime) {
  EXPECT_FALSE(HolderOf(file_).has_value());
  {
    const auto first = FileLock::Acquire(file_);
    ASSERT_TRUE(first);
    const auto second = FileLock::Acquire(file_);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(ExitCodeFor(second.error().code), 75);
    EXPECT_THAT(second.error().message, HasSubstr("process " + std::to_string(::getpid())));
  }
  EXPECT_FALSE(HolderOf(file_).has_value()) << "given back";
  EXPECT_TRUE(FileLock::Acquire(file_));
}

TEST_F(FileLockTest, NamesTheHolder) {
  const auto lock = FileLock::Acquire(file_);
  ASSERT_TRUE(lock);
  const auto holder = HolderOf(file_);
  ASSERT_TRUE(holder);
  EXPECT_EQ(holder->pid, ::getpid());
  EXPECT_FALSE(holder->host.empty());
  EXPECT_THAT(holder->command, HasSubstr("common_test"));
  EXPECT_THAT(holder->Text(), ContainsRegex("^process [0-9]+ on .+ \\(.*common_test.*\\), since "
                                            "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$"));
}

TEST_F(FileLockTest, AskingDisturbsNobody) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(HolderOf(file_).has_value());
    const auto lock = FileLock::Acquire(file_);
    ASSERT_TRUE(lock);
    EXPECT_TRUE(HolderOf(file_).has_value());
    // Reading and closing the file must not give the lock back.
    ASSERT_TRUE(ReadFile(file_));
    EXPECT_FALSE(FileLock::Acquire(file_));
  }
}

TEST_F(FileLockTest, VanishesWithAKilledProcess) {
  const pid_t child = Holder();
  ASSERT_TRUE(HolderOf(file_).has_value());
  EXPECT_EQ(HolderOf(file_)->pid, child);
  EXPECT_FALSE(FileLock::Acquire(file_));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_FALSE(HolderOf(file_).has_value());
  EXPECT_TRUE(FileLock::Acquire(file_));
}

TEST_F(FileLockTest, MovesWithItsOwner) {
  auto lock = FileLock::Acquire(file_);
  ASSERT_TRUE(lock);
  FileLock moved = std::move(*lock);
  EXPECT_TRUE(HolderOf(file_).has_value());
  { const FileLock gone = std::move(moved); }
  EXPECT_FALSE(HolderOf(file_).has_value());
}

TEST_F(FileLockTest, HolderWithoutANameIsAHolder) {
  const auto lock = FileLock::Acquire(file_);
  ASSERT_TRUE(lock);
  fs::resize_file(file_, 0);
  ASSERT_TRUE(HolderOf(file_).has_value());
  EXPECT_EQ(HolderOf(file_)->Text(), "another process");
}

TEST_F(FileLockTest, NeedsItsFolder) {
  const auto lock = FileLock::Acquire(file_.parent_path() / "no" / "run.lock");
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(lock.error().message, HasSubstr("no/run.lock: No such file or directory"));
}

}  // namespace
}  // namespace mcunas
