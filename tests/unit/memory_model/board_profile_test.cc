// The board profiles that ship, and what happens with others.
#include "memory_model/board_profile.h"
#include "common/config_dump.h"
#include "common/config_read.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "common/config.h"
#include "common/file.h"

namespace mcunas {
namespace {

namespace fs = std::filesystem;

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(BoardProfiles, AllLoad) {
  EXPECT_THAT(BoardNames(), ElementsAre("disco-f746ng", "nucleo-f412zg", "nucleo-f446re",
                                        "nucleo-f746zg", "nucleo-h743zi2", "qemu-m4",
                                        "qemu-m4-large", "qemu-m7", "qemu-m7-large"));
  for (const std::string& name : BoardNames()) {
    const Expected<BoardProfile> board = LoadBoardProfile(name);
    ASSERT_TRUE(board.ok()) << board.error().message;
    EXPECT_EQ(board->name, name);
    EXPECT_GT(board->clock_hz, 0);
    EXPECT_GE(board->flash_bytes, 512 * 1024);
    EXPECT_FALSE(board->cycles_source.empty());
    EXPECT_GE(board->cycles_per_instruction_dense, board->cycles_per_instruction);
    EXPECT_GT(board->cycles_error, 0);
    EXPECT_LT(board->cycles_error, 0.5);
    EXPECT_FALSE(board->description.empty());
    if (!board->is_virtual()) {
      const Expected<BoardProfile> stand_in = LoadBoardProfile(board->virtual_equivalent);
      ASSERT_TRUE(stand_in.ok()) << name;
      EXPECT_TRUE(stand_in->is_virtual());
      EXPECT_EQ(stand_in->core, board->core);
      EXPECT_NE(board->device_id, 0);
    }
  }
}

TEST(BoardProfiles, F746) {
  const Expected<BoardProfile> board = LoadBoardProfile("nucleo-f746zg");
  ASSERT_TRUE(board.ok()) << board.error().message;
  EXPECT_EQ(board->core, Core::kCortexM7);
  EXPECT_EQ(board->family, "stm32f7");
  EXPECT_EQ(board->clock_hz, 216000000);
  EXPECT_EQ(board->flash_address, 0x08000000);
  EXPECT_EQ(board->flash_bytes, 1024 * 1024);
  ASSERT_EQ(board->sram.size(), 1u);
  EXPECT_EQ(board->sram[0].address, 0x20000000);
  EXPECT_EQ(board->sram_total(), KiB(320));
  EXPECT_EQ(board->icache_bytes, 4096);
  EXPECT_EQ(board->pyocd_target, "stm32f746zgtx");
  EXPECT_EQ(board->pyocd_pack, "Keil.STM32F7xx_DFP");
  EXPECT_EQ(board->device_id, 0x449);
  EXPECT_EQ(board->device_id_address, 0xE0042000);
  EXPECT_EQ(board->virtual_equivalent, "qemu-m7");
  EXPECT_DOUBLE_EQ(board->cycles_per_instruction, 0.91);
  EXPECT_DOUBLE_EQ(board->cycles_per_instruction_dense, 1.09);
}

TEST(BoardProfiles, H743HasFourRegionsLargestFirst) {
  const Expected<BoardProfile> board = LoadBoardProfile("nucleo-h743zi2");
  ASSERT_TRUE(board.ok()) << board.error().message;
  ASSERT_EQ(board->sram.size(), 4u);
  EXPECT_EQ(board->sram[0].name, "axi");
  EXPECT_EQ(board->sram[0].size_bytes, 512 * 1024);
  EXPECT_EQ(board->sram_total(), KiB(512 + 128 + 288 + 64));
  EXPECT_EQ(board->pyocd_target, "stm32h743xx");
  EXPECT_TRUE(board->pyocd_pack.empty());
}

TEST(BoardProfiles, VirtualBoards) {
  const Expected<BoardProfile> m4 = LoadBoardProfile("qemu-m4");
  ASSERT_TRUE(m4.ok()) << m4.error().message;
  EXPECT_EQ(m4->qemu_machine, "mps2-an386");
  EXPECT_EQ(m4->flash_address, 0);
  EXPECT_EQ(m4->sram_total(), KiB(256));
  EXPECT_TRUE(m4->is_virtual());
}

TEST(BoardProfiles, UnknownNameGetsTheNearestAndTheList) {
  const Expected<BoardProfile> board = LoadBoardProfile("nucleo-f746zh");
  ASSERT_FALSE(board.ok());
  EXPECT_EQ(board.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(board.error().message,
              AllOf(HasSubstr("unknown board 'nucleo-f746zh'"),
                    HasSubstr("did you mean 'nucleo-f746zg'?"), HasSubstr("qemu-m4")));
  EXPECT_FALSE(LoadBoardProfile("../boards/qemu-m4").ok());
  EXPECT_FALSE(LoadBoardProfile("").ok());
}

// A profile text read as if it were a file of configs/boards.
std::string ReadErrors(const std::string& text) {
  BoardProfile profile;
  std::string all;
  for (const ConfigDiagnostic& d :
       ReadConfig({"board.yaml", text, {}}, [&](ConfigVisitor& v) { Describe(v, profile); }))
    all += FormatDiagnostic(d) + "\n";
  return all;
}

const char* const kGood =
    "name: toy\n"
    "core: cortex-m4\n"
    "family: mps2\n"
    "clock_hz: 80000000\n"
    "flash: {address: \"0x08000000\", size_kb: 512}\n"
    "sram: [{name: sram, address: \"0x20000000\", size_kb: 64}]\n"
    "qemu_machine: mps2-an386\n";

std::string Replace(std::string text, const std::string& from, const std::string& to) {
  text.replace(text.find(from), from.size(), to);
  return text;
}

TEST(BoardProfileText, RulesAreChecked) {
  EXPECT_EQ(ReadErrors(kGood), "");
  EXPECT_THAT(ReadErrors(Replace(kGood, "0x20000000", "2000")), HasSubstr("must be an address"));
  EXPECT_THAT(ReadErrors(Replace(kGood, "0x20000000", "0xFFFFFFF0")), HasSubstr("32-bit"));
  EXPECT_THAT(ReadErrors(Replace(kGood, "size_kb: 64", "size_kb: 0")), HasSubstr("empty"));
  EXPECT_THAT(ReadErrors(Replace(kGood, "cortex-m4", "cortex-m3")), HasSubstr("cortex-m4"));
  EXPECT_THAT(ReadErrors(Replace(kGood, "qemu_machine: mps2-an386\n", "")),
              HasSubstr("either pyocd.target or qemu_machine"));
  EXPECT_THAT(ReadErrors(Replace(kGood, "family: mps2\n", "")), HasSubstr("family: is missing"));
  EXPECT_NE(ReadErrors(Replace(kGood, "clock_hz: 80000000\n", "")), "");
  EXPECT_NE(ReadErrors(Replace(kGood, "sram:", "srma:")), "");
}

// A folder that holds nothing but one profile of a family, as DataRoot().
class NewFamily : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const char* home = std::getenv("MCUNAS_HOME")) before_ = home;
    fs::create_directories(root_ / "configs/boards");
    fs::create_directories(root_ / "firmware/boards/generic");
    std::ofstream(root_ / "configs/boards" / "toy.yaml") << Replace(kGood, "mps2\n", "stm32l4\n");
    ::setenv("MCUNAS_HOME", root_.c_str(), 1);
  }
  void TearDown() override {
    before_.empty() ? ::unsetenv("MCUNAS_HOME") : ::setenv("MCUNAS_HOME", before_.c_str(), 1);
    fs::remove_all(root_);
  }
  const fs::path root_ = fs::path(::testing::TempDir()) / ("family" + std::to_string(::getpid()));
  const fs::path support_ = root_ / "firmware/boards/stm32l4" / "board.c";
  std::string before_;
};

TEST_F(NewFamily, NeedsItsSupportFile) {
  const auto missing = LoadBoardProfile("toy");
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(missing.error().message,
              AllOf(HasSubstr("boards/toy.yaml"), HasSubstr(support_.string()),
                    HasSubstr("one of: generic")));
  fs::create_directories(support_.parent_path());
  std::ofstream(support_) << "\n";
  const auto board = LoadBoardProfile("toy");
  ASSERT_TRUE(board.ok()) << board.error().message;
  EXPECT_EQ(BoardSupportFile(*board).value(), support_);
}

TEST(BoardProfileText, DumpReadsBack) {
  for (const std::string& name : BoardNames()) {
    BoardProfile board = LoadBoardProfile(name).value();
    const std::string dump = DumpConfig([&](ConfigVisitor& v) { Describe(v, board); });
    BoardProfile copy;
    const auto problems =
        ReadConfig({"dump", dump, {}}, [&](ConfigVisitor& v) { Describe(v, copy); });
    ASSERT_TRUE(problems.empty()) << FormatDiagnostic(problems[0]) << dump;
    EXPECT_EQ(copy.sram.size(), board.sram.size());
    EXPECT_EQ(copy.sram.back().address, board.sram.back().address);
    EXPECT_EQ(copy.device_id_address, board.device_id_address);
    EXPECT_EQ(copy.flash_bytes, board.flash_bytes);
  }
}

}  // namespace
}  // namespace mcunas
