#include "engine/toolchain/firmware_sources.h"

#include <gtest/gtest.h>

#include "tests/unit/engine/firmware/fake_network.h"

namespace mcunas {
namespace {

TEST(FirmwareSourcesTest, FenceAcceptsWhatFiveBlocksTile) {
  BoardProfile board = fake::Board("cortex-m7");
  for (const int64_t kib : {64, 128, 256, 304, 320, 512}) {
    board.sram[0].size_bytes = kib * 1024;
    EXPECT_TRUE(CheckFence(board).ok()) << kib;
  }
  board.sram[0] = {"axi", 0x24000000, 512 * 1024};
  EXPECT_TRUE(CheckFence(board).ok());
}

TEST(FirmwareSourcesTest, FenceRefusesWhatItCannotCutExactly) {
  BoardProfile board = fake::Board("cortex-m7");
  board.sram[0].size_bytes = 63 * 1024;  // 32 + 16 + 8 + 4 + 2 + 1
  EXPECT_EQ(CheckFence(board).error().code, ErrorCode::kUnsupported);
  board.sram[0].size_bytes = 1000;
  EXPECT_EQ(CheckFence(board).error().code, ErrorCode::kUnsupported);
  board.sram.clear();
  EXPECT_EQ(CheckFence(board).error().code, ErrorCode::kUsage);
}

TEST(FirmwareSourcesTest, FenceCountsTheBlocksOfAllRegionsInUse) {
  BoardProfile board = fake::Board("cortex-m7");
  board.sram = {{"axi", 0x24000000, 512 * 1024},
                {"dtcm", 0x20000000, 128 * 1024},
                {"sram123", 0x30000000, 288 * 1024},
                {"odd", 0x38000000, 60 * 1024}};  // 32 + 16 + 8 + 4
  EXPECT_TRUE(CheckFence(board, {Bytes(100), Bytes(100)}).ok());
  EXPECT_TRUE(CheckFence(board, {Bytes(0), Bytes(0), Bytes(100)}).ok());
  EXPECT_EQ(CheckFence(board, {Bytes(100), Bytes(0), Bytes(100)}).error().code,
            ErrorCode::kUnsupported);
  EXPECT_EQ(CheckFence(board, {Bytes(0), Bytes(0), Bytes(0), Bytes(1)}).error().code,
            ErrorCode::kUsage);
}

TEST(FirmwareSourcesTest, ArenasOfFurtherRegionsLieInTheirRegion) {
  FirmwareRequest request = fake::Request("cortex-m7", "");
  request.board.sram = {{"axi", 0x24000000, 512 * 1024}, {"dtcm", 0x20000000, 128 * 1024}};
  request.sources.more_arenas = {Bytes(1000)};
  const std::string script = LinkerScript(request.board, request.sources.more_arenas);
  EXPECT_NE(script.find("RAM_1 (rw) : ORIGIN = 0x20000000, LENGTH = 131072"), std::string::npos);
  EXPECT_NE(script.find("*(.mcu_arena_1) } > RAM_1"), std::string::npos);
  const std::string binding = BindingSources(request, "fake.h").at("binding.c");
  EXPECT_EQ(binding.find('@'), std::string::npos);
  EXPECT_NE(binding.find("uint8_t mcu_arena_1[1000]"), std::string::npos);
  EXPECT_NE(binding.find("fake_run_profiled(arenas"), std::string::npos);
}

TEST(FirmwareSourcesTest, LinkerScriptCarriesTheProfile) {
  const std::string script = LinkerScript(fake::Board("cortex-m4", 320 * 1024, 1 << 20));
  EXPECT_NE(script.find("FLASH (rx) : ORIGIN = 0x00000000, LENGTH = 1048576"), std::string::npos);
  EXPECT_NE(script.find("RAM (rwx) : ORIGIN = 0x20000000, LENGTH = 327680"), std::string::npos);
}

TEST(FirmwareSourcesTest, BindingLeavesNoPlaceholder) {
  const auto files = BindingSources(fake::Request("cortex-m4", ""), "fake.h");
  ASSERT_EQ(files.count("binding.c"), 1u);
  EXPECT_EQ(files.at("binding.c").find('@'), std::string::npos);
  EXPECT_NE(files.at("binding.c").find("fake_run_profiled(mcu_arena"), std::string::npos);
}

}  // namespace
}  // namespace mcunas
