#include "common/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>

#include "tests/unit/common/temporary_folder.h"

namespace mcunas {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class FileTest : public ::testing::Test {
 protected:
  const fake::TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
};

TEST_F(FileTest, ReadsBackWhatItWrote) {
  const std::string content("a\0b\r\n\xff", 6);
  ASSERT_TRUE(WriteFileAtomically(folder_ / "new" / "deep" / "file", content));
  EXPECT_EQ(ReadFile(folder_ / "new" / "deep" / "file").value(), content);
  const std::vector<uint8_t> bytes = {1, 0, 255};
  ASSERT_TRUE(WriteBytesAtomically(folder_ / "bytes", bytes));
  EXPECT_EQ(ReadBytes(folder_ / "bytes").value(), bytes);
}

TEST_F(FileTest, ReplacesAndLeavesNoTemporary) {
  ASSERT_TRUE(WriteFileAtomically(folder_ / "file", "old and long"));
  ASSERT_TRUE(WriteFileAtomically(folder_ / "file", "new"));
  EXPECT_EQ(ReadFile(folder_ / "file").value(), "new");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

TEST_F(FileTest, ReadsPipesAndProcFilesWithoutSize) {
  EXPECT_THAT(ReadFile("/proc/self/status").value(), HasSubstr("Pid:"));
}

TEST_F(FileTest, NamesTheMissingFile) {
  const auto missing = ReadFile(folder_ / "absent.yaml");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(missing.error().message, HasSubstr("absent.yaml: No such file or directory"));
}

TEST_F(FileTest, RefusesToReadAFolder) {
  const auto read = ReadFile(folder_);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kIo);
  EXPECT_THAT(read.error().message, HasSubstr("Is a directory"));
}

TEST_F(FileTest, FailedWriteKeepsTheOldContent) {
  ASSERT_TRUE(WriteFileAtomically(folder_ / "file", "precious"));
  // A file size limit stands in for a full disk: write(2) fails half-way.
  rlimit before = {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit small = before;
  small.rlim_cur = 1000;
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto written = WriteFileAtomically(folder_ / "file", std::string(5000, 'x'));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, ignored);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kIo);
  EXPECT_THAT(written.error().message, HasSubstr("File too large"));
  EXPECT_THAT(written.error().message, HasSubstr((folder_ / "file").string()));
  EXPECT_EQ(ReadFile(folder_ / "file").value(), "precious");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

TEST_F(FileTest, FullDiskSaysSo) {
  // The temporary name leads to the device that is always full.
  const std::string temporary = "file.tmp" + std::to_string(::getpid());
  fs::create_symlink("/dev/full", folder_ / temporary);
  const auto written = WriteFileAtomically(folder_ / "file", "x");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kIo);
  EXPECT_THAT(written.error().message, HasSubstr("No space left on device"));
  EXPECT_FALSE(fs::exists(folder_ / "file"));
}

TEST_F(FileTest, CannotMakeAFolderBelowAFile) {
  ASSERT_TRUE(WriteFileAtomically(folder_ / "file", "x"));
  const auto written = WriteFileAtomically(folder_ / "file" / "below", "y");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kIo);
  EXPECT_THAT(written.error().message, HasSubstr("Not a directory"));
}

TEST_F(FileTest, DataRootPrefersTheInstalledShareFolder) {
  fs::create_directories(folder_ / "prefix/bin");
  fs::create_directories(folder_ / "prefix/share/mcunas/configs");
  fs::create_directories(folder_ / "configs/boards");
  EXPECT_EQ(FindDataRoot(folder_ / "prefix/bin"), folder_ / "prefix/share/mcunas");
}

TEST_F(FileTest, DataRootClimbsToTheSourceTree) {
  fs::create_directories(folder_ / "configs/boards");
  fs::create_directories(folder_ / "build/release/tests");
  EXPECT_EQ(FindDataRoot(folder_ / "build/release/tests"), folder_);
}

TEST_F(FileTest, DataRootNamesTheShareFolderWhenNothingIsThere) {
  fs::create_directories(folder_ / "bin");
  EXPECT_EQ(FindDataRoot(folder_ / "bin"), folder_ / "share/mcunas");
}

TEST_F(FileTest, DataRootObeysTheEnvironment) {
  const char* before = std::getenv("MCUNAS_HOME");
  const std::string saved = before == nullptr ? "" : before;
  ::setenv("MCUNAS_HOME", folder_.c_str(), 1);
  EXPECT_EQ(DataRoot(), folder_);
  ::setenv("MCUNAS_HOME", saved.c_str(), 1);
}

}  // namespace
}  // namespace mcunas
