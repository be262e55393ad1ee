// What a new core and a new family of boards take beside a row of memory_model/core.h: the two
// files of new_core/.
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
using fake::Variant;

class NewCoreTest : public fake::FirmwareRun {
 protected:
  void SetUp() override {
    FirmwareRun::SetUp();
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
    fs::copy_file(files_ / "board.c", family / "board.c", fs::copy_options::overwrite_existing);
  }

  // The ELF, or empty with a test failure.
  std::string BuildFor(Variant variant) {
    BringSupportFile();
    const auto board = LoadBoardProfile("qemu-m33");
    if (!board) ADD_FAILURE() << board.error().message;
    if (!board) return "";
    fake::Options options;
    options.variant = variant;
    const auto folder = folder_.path() / ("image" + std::to_string(static_cast<int>(variant)));
    FirmwareRequest request = fake::Request(GetParam(), folder, options);
    request.board = *board;
    return Build(request);
  }

  RunReport RunVariant(Variant variant) {
    RunnerConfig config;
    config.machine = "mps2-an505";
    return Run(BuildFor(variant), config);
  }

  fs::path files_, home_;
  std::string before_;
};

INSTANTIATE_TEST_SUITE_P(Cores, NewCoreTest, testing::Values("cortex-m33"), fake::CoreName);

TEST_P(NewCoreTest, BuildsFromAProfileAndASupportFile) {
  const auto elf = ParseElf32(*ReadBytes(BuildFor(Variant::kGood)));
  ASSERT_TRUE(elf) << elf.error().message;
  EXPECT_EQ(elf->segments.front().physical_address, 0x10000000u);
}

TEST_P(NewCoreTest, WithoutTheSupportFileTheProfileIsRefused) {
  const auto board = LoadBoardProfile("qemu-m33");
  ASSERT_FALSE(board);
  EXPECT_NE(board.error().message.find("firmware/boards/mps2_an505"), std::string::npos)
      << board.error().message;
}

TEST_P(NewCoreTest, MeasuresLikeTheOthers) {
  const RunReport report = RunVariant(Variant::kGood);
  ASSERT_EQ(KindOf(report), "none") << TextOf(report);
  const auto& block = std::get<mcu_result_block>(report.result);
  EXPECT_EQ(block.status, MCU_STATUS_OK);
  EXPECT_EQ(block.clock_kind, MCU_CLOCK_INSTRUCTIONS);
  EXPECT_EQ(block.arena_peak_bytes, unsigned{fake::kTouchedBytes});
  EXPECT_GT(block.ticks[0], 20'000u);
  EXPECT_LT(block.ticks[0], 200'000u);
}

TEST_P(NewCoreTest, CountsInstructions) {
  const RunReport report = RunVariant(Variant::kSlow);
  ASSERT_EQ(KindOf(report), "none") << TextOf(report);
  // The slow part is one million times subtract and branch.
  EXPECT_NEAR(std::get<mcu_result_block>(report.result).operator_ticks[2], 2'000'000, 200);
}

TEST_P(NewCoreTest, FencesItsMemory) {
  EXPECT_EQ(KindOf(RunVariant(Variant::kLastByte)), "none");
  const RunReport beyond = RunVariant(Variant::kBeyondSram);
  EXPECT_EQ(KindOf(beyond), "candidate mpu_fault") << TextOf(beyond);
  EXPECT_NE(TextOf(beyond).find("mmfar 0x38040000"), std::string::npos) << TextOf(beyond);
  const RunReport deep = RunVariant(Variant::kStackDeep);
  EXPECT_EQ(KindOf(deep), "candidate stack_overflow") << TextOf(deep);
}

}  // namespace
}  // namespace mcunas
