#include "engine/toolchain/firmware_image.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "common/elf32.h"
#include "common/file.h"
#include "common/image_crc32.h"
#include "common/process.h"
#include "engine/toolchain/firmware_sources.h"
#include "tests/unit/common/temporary_folder.h"
#include "tests/unit/engine/firmware/fake_network.h"

namespace mcunas {
namespace {

using fake::TemporaryFolder;

class FirmwareImageTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (FindProgram("arm-none-eabi-gcc").empty()) GTEST_SKIP() << "no cross compiler";
  }
  TemporaryFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(Cores, FirmwareImageTest,
                         testing::Values("cortex-m4", "cortex-m7", "cortex-m33"),
                         [](const auto& core) { return std::string(core.param + 7); });

TEST_P(FirmwareImageTest, SizesComeFromTheElf) {
  const auto image = BuildFirmware(fake::Request(GetParam(), folder_.path() / "a"));
  ASSERT_TRUE(image.ok()) << image.error().message;
  EXPECT_EQ(image->arena.value, fake::kArenaBytes);
  // At least the result block; at most that, the output, the clock and alignment.
  EXPECT_GE(image->static_data.value, 1400);
  EXPECT_LE(image->static_data.value, 1600);
  EXPECT_GT(image->code.value, 1000);
  EXPECT_LT(image->code.value, image->flash.value);
  EXPECT_LT(image->flash.value, 8192);
  EXPECT_NE(image->toolchain.find("-O2"), std::string::npos);
  EXPECT_NE(image->toolchain.find(GetParam()), std::string::npos);
}

TEST_P(FirmwareImageTest, ConstantsCountAsFlashButNotAsCode) {
  const auto small = BuildFirmware(fake::Request(GetParam(), folder_.path() / "a"));
  fake::Options options;
  options.constant_bytes = 40'000;
  const auto large = BuildFirmware(fake::Request(GetParam(), folder_.path() / "b", options));
  ASSERT_TRUE(small.ok() && large.ok());
  EXPECT_NEAR(large->flash.value - small->flash.value, 40'000, 8);
  EXPECT_NEAR(large->code.value, small->code.value, 8);
}

TEST_P(FirmwareImageTest, SramOverflowIsInfeasibleWithItsSize) {
  fake::Options options;
  options.arena_bytes = 128 * 1024;
  const auto image = BuildFirmware(fake::Request(GetParam(), folder_.path() / "a", options));
  ASSERT_FALSE(image.ok());
  EXPECT_EQ(image.error().code, ErrorCode::kInfeasible);
  // The arena alone fills SRAM, so what is missing is stack, guard and static data.
  const std::string& message = image.error().message;
  const size_t at = message.find("SRAM overflows by ");
  ASSERT_NE(at, std::string::npos) << message;
  const int over = std::stoi(message.substr(at + 18));
  EXPECT_GT(over, kStackBytes + kStackGuardBytes);
  EXPECT_LT(over, kStackBytes + kStackGuardBytes + 1700);
}

TEST_P(FirmwareImageTest, FlashOverflowIsInfeasible) {
  fake::Options options;
  options.constant_bytes = 600'000;
  const auto image = BuildFirmware(fake::Request(GetParam(), folder_.path() / "a", options));
  ASSERT_FALSE(image.ok());
  EXPECT_EQ(image.error().code, ErrorCode::kInfeasible);
  EXPECT_NE(image.error().message.find("flash overflows by "), std::string::npos);
  EXPECT_EQ(image.error().message.find("SRAM overflows"), std::string::npos);
}

// The largest arena that links fills SRAM exactly; eight bytes more do not link.
TEST_P(FirmwareImageTest, LinkLimitIsExact) {
  FirmwareRequest request = fake::Request(GetParam(), folder_.path() / "a");
  const auto image = BuildFirmware(request);
  ASSERT_TRUE(image.ok());
  const int64_t other = kStackBytes + kStackGuardBytes + image->static_data.value;
  fake::Options options;
  options.arena_bytes = static_cast<int>((128 * 1024 - other) / 16 * 16);
  request = fake::Request(GetParam(), folder_.path() / "b", options);
  EXPECT_TRUE(BuildFirmware(request).ok());
  options.arena_bytes += 32;
  request = fake::Request(GetParam(), folder_.path() / "c", options);
  EXPECT_FALSE(BuildFirmware(request).ok());
}

TEST_P(FirmwareImageTest, SameRequestGivesTheSameBytes) {
  const auto first = BuildFirmware(fake::Request(GetParam(), folder_.path() / "a"));
  const auto second = BuildFirmware(fake::Request(GetParam(), folder_.path() / "other" / "b"));
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(ReadBytes(first->elf_path).value(), ReadBytes(second->elf_path).value());
}

TEST_P(FirmwareImageTest, ImageNamesItselfAndCarriesItsChecksum) {
  const auto image = BuildFirmware(fake::Request(GetParam(), folder_.path() / "a"));
  ASSERT_TRUE(image.ok());
  const std::vector<uint8_t> file = ReadBytes(image->elf_path).value();
  const auto elf = ParseElf32(file);
  ASSERT_TRUE(elf.ok());
  const auto word = [&](const char* symbol, uint32_t offset) {
    const size_t at = *elf->FileOffset(elf->FindSymbol(symbol)->address + offset, 4);
    return file[at] | uint32_t{file[at + 1]} << 8 | uint32_t{file[at + 2]} << 16 |
           uint32_t{file[at + 3]} << 24;
  };
  EXPECT_EQ(word("mcu_job_nonce", 0), 0u);
  const Hash128 hash = HashBytes("a fake network");
  EXPECT_EQ(word("mcu_image_info", 4), hash.high >> 32);
  EXPECT_EQ(word("mcu_image_info", 8), hash.high & 0xFFFFFFFF);
  EXPECT_EQ(word("mcu_image_info", 12), hash.low >> 32);
  EXPECT_EQ(word("mcu_image_info", 16), hash.low & 0xFFFFFFFF);
  // No initialised data here, so the checksummed range lies in one segment.
  const uint32_t begin = elf->FindSymbol("__image_start")->address;
  const uint32_t size = elf->FindSymbol("__image_end")->address - begin;
  const auto at = elf->FileOffset(begin, size);
  ASSERT_TRUE(at.has_value());
  EXPECT_EQ(word("mcu_image_crc32", 0), ImageCrc32(std::span(file).subspan(*at, size)));
}

// A changed header must reach the objects that were cached with the old one.
TEST_P(FirmwareImageTest, CacheSeesChangedKernels) {
  ASSERT_TRUE(BuildFirmware(fake::Request(GetParam(), folder_.path() / "a")).ok());
  FirmwareRequest request = fake::Request(GetParam(), folder_.path() / "b");
  request.sources.files["kernels/fake_kernels.h"] += "#error changed\n";
  const auto image = BuildFirmware(request);
  ASSERT_FALSE(image.ok());
  EXPECT_NE(image.error().message.find("changed"), std::string::npos);
}

TEST_P(FirmwareImageTest, WarningsInGeneratedCodeAreErrors) {
  FirmwareRequest request = fake::Request(GetParam(), folder_.path() / "a");
  request.sources.files["fake.c"] += "static void unused(void) {}\n";
  const auto image = BuildFirmware(request);
  ASSERT_FALSE(image.ok());
  EXPECT_EQ(image.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(image.error().message.find("fake.c does not compile"), std::string::npos);
}

TEST_P(FirmwareImageTest, WrongVectorSizesDoNotCompile) {
  FirmwareRequest request = fake::Request(GetParam(), folder_.path() / "a");
  request.golden_output.pop_back();
  const auto image = BuildFirmware(request);
  ASSERT_FALSE(image.ok());
  EXPECT_NE(image.error().message.find("golden output has another size"), std::string::npos);
}

TEST_P(FirmwareImageTest, OutOfRangeRequestsAreRefused) {
  FirmwareRequest request = fake::Request(GetParam(), folder_.path() / "a");
  request.repetitions = 65;
  EXPECT_EQ(BuildFirmware(request).error().code, ErrorCode::kUsage);
  request.repetitions = 20;
  request.operator_count = 257;
  EXPECT_EQ(BuildFirmware(request).error().code, ErrorCode::kUnsupported);
  request.operator_count = 0;
  request.test_input.clear();
  EXPECT_EQ(BuildFirmware(request).error().code, ErrorCode::kUsage);
}

// Physical boards cannot run here, but their firmware must at least compile and link.
TEST_P(FirmwareImageTest, PhysicalBoardsLink) {
  struct Case {
    const char* target;
    const char* family;
    const char* core;
    int64_t clock;
    int64_t sram;
    int64_t size;
  };
  const Case cases[] = {
      {"stm32f412xg", "stm32f4", "cortex-m4", 100'000'000, 0x20000000, 256 * 1024},
      {"stm32f446retx", "stm32f4", "cortex-m4", 180'000'000, 0x20000000, 128 * 1024},
      {"stm32f746zgtx", "stm32f7", "cortex-m7", 216'000'000, 0x20000000, 320 * 1024},
      {"stm32h743xx", "stm32h7", "cortex-m7", 400'000'000, 0x24000000, 512 * 1024},
      {"other", "generic", "cortex-m4", 0, 0x20000000, 64 * 1024},
      {"stm32l552zetxq", "generic", "cortex-m33", 0, 0x20000000, 192 * 1024}};
  for (const Case& board : cases) {
    if (std::string(board.core) != GetParam()) continue;
    FirmwareRequest request = fake::Request(board.core, folder_.path() / board.target);
    request.board.qemu_machine.clear();
    request.board.pyocd_target = board.target;
    request.board.family = board.family;
    request.board.clock_hz = board.clock;
    request.board.flash_address = 0x08000000;
    request.board.sram = {{"sram", board.sram, board.size}};
    const auto image = BuildFirmware(request);
    ASSERT_TRUE(image.ok()) << board.target << ": " << image.error().message;
    const auto elf = ParseElf32(ReadBytes(image->elf_path).value());
    ASSERT_TRUE(elf.ok());
    EXPECT_EQ(elf->FindSymbol("mcu_vectors")->address, 0x08000000u);
    EXPECT_EQ(elf->FindSymbol("__sram_start")->address, board.sram);
    EXPECT_EQ(elf->FindSymbol("__sram_end")->address, board.sram + board.size);
  }
}

TEST_P(FirmwareImageTest, AFamilyWithoutSupportFileIsRefused) {
  FirmwareRequest request = fake::Request(GetParam(), folder_.path() / "a");
  for (const char* family : {"stm32l4", ""}) {
    request.board.family = family;
    const auto image = BuildFirmware(request);
    ASSERT_FALSE(image.ok()) << family;
    EXPECT_EQ(image.error().code, ErrorCode::kNotFound);
    EXPECT_NE(image.error().message.find("board_support.h"), std::string::npos);
  }
}

}  // namespace
}  // namespace mcunas
