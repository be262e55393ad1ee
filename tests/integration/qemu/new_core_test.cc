// What a new core and a new family of boards take beside a row of memory_model/core.h: the two
// files of new_core/. Here it is built; that the harness measures on it is not shown.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "common/elf32.h"
#include "common/file.h"
#include "memory_model/board_profile.h"
#include "tests/integration/qemu/firmware_run.h"

namespace mcunas {
namespace {

namespace fs = std::filesystem;

class NewCoreTest : public testing::Test {
 protected:
  void SetUp() override {
    if (FindProgram("arm-none-eabi-gcc").empty()) GTEST_SKIP() << "no cross compiler";
    files_ = DataRoot() / "tests/integration/qemu/new_core";
    home_ = folder_.path() / "home";
    fs::create_directories(home_ / "configs/boards");
    fs::copy(DataRoot() / "firmware", home_ / "firmware", fs::copy_options::recursive);
    fs::copy_file(files_ / "qemu-m33.yaml", home_ / "configs/boards" / "qemu-m33.yaml");
    if (const char* before = std::getenv("MCUNAS_HOME")) before_ = before;
    ::setenv("MCUNAS_HOME", home_.c_str(), 1);
  }
  void TearDown() override {
    before_.empty() ? ::unsetenv("MCUNAS_HOME") : ::setenv("MCUNAS_HOME", before_.c_str(), 1);
  }

  void BringSupportFile() {
    const fs::path family = home_ / "firmware/boards/mps2_an505";
    fs::create_directories(family);
    fs::copy_file(files_ / "board.c", family / "board.c");
  }

  fake::TemporaryFolder folder_;
  fs::path files_, home_;
  std::string before_;
};

TEST_F(NewCoreTest, BuildsFromAProfileAndASupportFile) {
  BringSupportFile();
  const auto board = LoadBoardProfile("qemu-m33");
  ASSERT_TRUE(board) << board.error().message;
  FirmwareRequest request = fake::Request("cortex-m4", folder_.path() / "image", {});
  request.board = *board;
  const auto image = BuildFirmware(request);
  ASSERT_TRUE(image) << image.error().message;
  const auto elf = ParseElf32(*ReadBytes(image->elf_path));
  ASSERT_TRUE(elf) << elf.error().message;
  EXPECT_EQ(elf->segments.front().physical_address, 0x10000000u);
}

TEST_F(NewCoreTest, WithoutTheSupportFileTheProfileIsRefused) {
  const auto board = LoadBoardProfile("qemu-m33");
  ASSERT_FALSE(board);
  EXPECT_NE(board.error().message.find("firmware/boards/mps2_an505"), std::string::npos)
      << board.error().message;
}

}  // namespace
}  // namespace mcunas
