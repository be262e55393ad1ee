#include "common/elf32.h"

#include <gtest/gtest.h>

#include "common/file.h"
#include "common/process.h"
#include "common/random.h"
#include "engine/toolchain/firmware_image.h"
#include "tests/unit/common/temporary_folder.h"
#include "tests/unit/engine/firmware/fake_network.h"

namespace mcunas {
namespace {

// A minimal header: ELF32, little endian, executable, Arm, one load segment behind the header.
std::vector<uint8_t> MinimalElf() {
  std::vector<uint8_t> file(52 + 32 + 8, 0);
  const auto word = [&](size_t at, uint32_t value) {
    for (int i = 0; i < 4; ++i) file[at + i] = static_cast<uint8_t>(value >> (8 * i));
  };
  word(0, 0x464C457F);
  file[4] = file[5] = 1;
  file[16] = 2;
  file[18] = 40;
  word(24, 0x08000101);
  word(28, 52);  // program headers
  file[42] = 32;
  file[44] = 1;
  word(52, 1);  // PT_LOAD
  word(56, 84);
  word(60, 0x20000000);
  word(64, 0x08000000);
  word(68, 8);
  word(72, 16);
  return file;
}

TEST(Elf32Test, ReadsALoadSegment) {
  const auto elf = ParseElf32(MinimalElf());
  ASSERT_TRUE(elf.ok()) << elf.error().message;
  EXPECT_EQ(elf->entry, 0x08000101u);
  ASSERT_EQ(elf->segments.size(), 1u);
  EXPECT_EQ(elf->segments[0].physical_address, 0x08000000u);
  EXPECT_EQ(elf->FileOffset(0x20000004, 4), 88u);
  EXPECT_FALSE(elf->FileOffset(0x20000005, 4).has_value());  // beyond the file's part
  EXPECT_FALSE(elf->FileOffset(0x1FFFFFFF, 1).has_value());
}

TEST(Elf32Test, RefusesWhatIsNotForUs) {
  struct Case {
    size_t at;
    uint8_t value;
    const char* reason;
  };
  for (const Case& c : {Case{0, 0, "magic"}, Case{4, 2, "32-bit"}, Case{5, 2, "32-bit"},
                        Case{18, 62, "Arm"}, Case{16, 1, "executable"}, Case{44, 0, "load"},
                        Case{68, 9, "cut off"}, Case{44, 3, "outside"}}) {
    std::vector<uint8_t> file = MinimalElf();
    file[c.at] = c.value;
    const auto elf = ParseElf32(file);
    ASSERT_FALSE(elf.ok()) << c.at;
    EXPECT_EQ(elf.error().code, ErrorCode::kCorrupt);
    EXPECT_NE(elf.error().message.find(c.reason), std::string::npos) << elf.error().message;
  }
  EXPECT_FALSE(ParseElf32({}).ok());
}

class RealElfTest : public testing::Test {
 protected:
  void SetUp() override {
    if (FindProgram("arm-none-eabi-gcc").empty()) GTEST_SKIP() << "no cross compiler";
    const auto image = BuildFirmware(fake::Request("cortex-m4", folder_.path() / "a"));
    ASSERT_TRUE(image.ok()) << image.error().message;
    file_ = ReadBytes(image->elf_path).value();
  }
  fake::TemporaryFolder folder_;
  std::vector<uint8_t> file_;
};

TEST_F(RealElfTest, FindsSectionsAndSymbols) {
  const auto elf = ParseElf32(file_);
  ASSERT_TRUE(elf.ok());
  ASSERT_NE(elf->FindSection(".text"), nullptr);
  EXPECT_GT(elf->FindSection(".text")->size, 1000u);
  ASSERT_NE(elf->FindSymbol("mcu_arena"), nullptr);
  EXPECT_EQ(elf->FindSymbol("mcu_arena")->size, unsigned{fake::kArenaBytes});
  EXPECT_EQ(elf->FindSymbol("no_such_symbol"), nullptr);
  EXPECT_EQ(elf->FindSection(".no_such_section"), nullptr);
}

// Whatever the bytes, the reader answers; the sanitizers of the asan preset watch it.
TEST_F(RealElfTest, SurvivesDamage) {
  RandomStream random(7, "elf damage");
  int refused = 0;
  for (int round = 0; round < 2000; ++round) {
    std::vector<uint8_t> damaged = file_;
    if (round % 4 == 0) damaged.resize(random.Below(damaged.size()));
    for (int i = 0; i < 8 && !damaged.empty(); ++i) {
      const size_t near =
          random.Chance(0.5) ? std::min<size_t>(256, damaged.size()) : damaged.size();
      damaged[random.Below(near)] = static_cast<uint8_t>(random.Next());
    }
    if (!ParseElf32(damaged).ok()) ++refused;
  }
  EXPECT_GT(refused, 500);
}

}  // namespace
}  // namespace mcunas
