#include "board_agent/runner/prepared_image.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "common/elf32.h"
#include "common/file.h"
#include "common/process.h"
#include "engine/toolchain/firmware_image.h"
#include "tests/unit/common/temporary_folder.h"
#include "tests/unit/engine/firmware/fake_network.h"

namespace mcunas {
namespace {

class PreparedImageTest : public testing::Test {
 protected:
  void SetUp() override {
    if (FindProgram("arm-none-eabi-gcc").empty()) GTEST_SKIP() << "no cross compiler";
    const auto image = BuildFirmware(fake::Request("cortex-m4", folder_.path() / "a"));
    ASSERT_TRUE(image.ok()) << image.error().message;
    request_.elf = image->elf_path;
    request_.expected.nonce = 0x12345678;
  }

  std::string KindAfter(const std::vector<uint8_t>& file) {
    EXPECT_TRUE(WriteBytesAtomically(folder_.path() / "changed.elf", file).ok());
    request_.elf = folder_.path() / "changed.elf";
    const auto prepared = PrepareImage(request_, copy_);
    const auto* failure = std::get_if<BoardFailure>(&prepared);
    return failure ? FailureKindName(failure->kind) : "none";
  }

  fake::TemporaryFolder folder_;
  std::filesystem::path copy_ = folder_.path() / "copy.elf";
  RunRequest request_;
};

TEST_F(PreparedImageTest, OnlyTheNonceChangesAndOnlyInTheCopy) {
  const std::vector<uint8_t> before = ReadBytes(request_.elf).value();
  const auto prepared = PrepareImage(request_, copy_);
  ASSERT_TRUE(std::holds_alternative<PreparedImage>(prepared));
  EXPECT_EQ(ReadBytes(request_.elf).value(), before);
  const std::vector<uint8_t> after = ReadBytes(copy_).value();
  ASSERT_EQ(after.size(), before.size());
  const auto elf = ParseElf32(before).value();
  const size_t at = *elf.FileOffset(elf.FindSymbol("mcu_job_nonce")->address, 4);
  for (size_t i = 0; i < after.size(); ++i) {
    if (i >= at && i < at + 4) continue;
    ASSERT_EQ(after[i], before[i]) << i;
  }
  EXPECT_EQ(after[at], 0x78);
  EXPECT_EQ(after[at + 3], 0x12);
  EXPECT_EQ(std::get<PreparedImage>(prepared).result_address,
            elf.FindSymbol("mcu_result")->address);
}

TEST_F(PreparedImageTest, RefusesWhatIsNoImage) {
  EXPECT_EQ(KindAfter({}), "bad_image");
  EXPECT_EQ(KindAfter({'h', 'e', 'l', 'l', 'o'}), "bad_image");
  request_.elf = folder_.path() / "absent.elf";
  const auto prepared = PrepareImage(request_, copy_);
  EXPECT_EQ(std::get<BoardFailure>(prepared).kind, FailureKind::kBadImage);
}

TEST_F(PreparedImageTest, RefusesToWriteOptionBytesOrPeripherals) {
  const std::vector<uint8_t> good = ReadBytes(request_.elf).value();
  const size_t headers = good[28] | good[29] << 8;
  for (const uint32_t address : {0x1FFFC000u, 0x1FF0F000u, 0x40023C00u, 0xE000E000u, 0xFFFFFFF0u}) {
    std::vector<uint8_t> file = good;
    for (int i = 0; i < 4; ++i) file[headers + 12 + i] = static_cast<uint8_t>(address >> (8 * i));
    EXPECT_EQ(KindAfter(file), "bad_image") << std::hex << address;
  }
}

TEST_F(PreparedImageTest, RefusesImagesWithoutOurSymbols) {
  std::vector<uint8_t> file = ReadBytes(request_.elf).value();
  const std::string name = "mcu_result";
  const auto at = std::search(file.begin(), file.end(), name.begin(), name.end());
  ASSERT_NE(at, file.end());
  *at = 'x';
  EXPECT_EQ(KindAfter(file), "bad_image");
}

}  // namespace
}  // namespace mcunas
