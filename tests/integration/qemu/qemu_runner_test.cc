#include <gtest/gtest.h>

#include <cstdlib>

#include "common/elf32.h"
#include "common/file.h"
#include "common/image_crc32.h"
#include "common/stop.h"
#include "engine/toolchain/firmware_sources.h"
#include "tests/integration/qemu/firmware_run.h"

namespace mcunas {
namespace {

using fake::Variant;
using std::chrono::milliseconds;

class QemuRunnerTest : public fake::FirmwareRun {};

INSTANTIATE_TEST_SUITE_P(Cores, QemuRunnerTest, testing::Values("cortex-m4", "cortex-m7"),
                         fake::CoreName);

TEST_P(QemuRunnerTest, GoodFirmwareFillsTheBlock) {
  const RunReport report = Run(Build(Variant::kGood), QemuConfig());
  ASSERT_EQ(KindOf(report), "none") << TextOf(report);
  const auto& block = std::get<mcu_result_block>(report.result);
  EXPECT_EQ(block.status, MCU_STATUS_OK);
  EXPECT_EQ(block.nonce, 0xA0000001u);
  const Hash128 hash = HashBytes("a fake network");
  EXPECT_EQ((uint64_t{block.network_hash[0]} << 32 | block.network_hash[1]), hash.high);
  EXPECT_EQ((uint64_t{block.network_hash[2]} << 32 | block.network_hash[3]), hash.low);
  EXPECT_EQ(block.clock_kind, MCU_CLOCK_INSTRUCTIONS);
  EXPECT_EQ(block.warmup, 2u);
  EXPECT_EQ(block.repetitions, 20u);
  // Two loops over 5000 bytes, several instructions each.
  EXPECT_GT(block.ticks[0], 20'000u);
  EXPECT_LT(block.ticks[0], 200'000u);
  const std::vector<int8_t> golden = fake::Output();
  EXPECT_EQ(block.output_crc32,
            ImageCrc32({reinterpret_cast<const uint8_t*>(golden.data()), golden.size()}));
  EXPECT_NE(report.tool.find("QEMU emulator version"), std::string::npos);
}

TEST_P(QemuRunnerTest, MemoryPeaksAreExactAndPlausible) {
  const RunReport report = Run(Build(Variant::kGood), QemuConfig());
  ASSERT_EQ(KindOf(report), "none") << TextOf(report);
  const auto& block = std::get<mcu_result_block>(report.result);
  EXPECT_EQ(block.arena_peak_bytes, unsigned{fake::kTouchedBytes});
  EXPECT_GE(block.stack_peak_bytes, 64u);
  EXPECT_LE(block.stack_peak_bytes, 512u);
}

TEST_P(QemuRunnerTest, ProfileAddsUpToTheWhole) {
  const RunReport report = Run(Build(Variant::kSlow), QemuConfig());
  ASSERT_EQ(KindOf(report), "none") << TextOf(report);
  const auto& block = std::get<mcu_result_block>(report.result);
  ASSERT_EQ(block.operator_count, unsigned{fake::kOperators});
  uint32_t sum = 0;
  for (int i = 0; i < fake::kOperators; ++i) sum += block.operator_ticks[i];
  EXPECT_LE(sum, block.profiled_ticks);
  // What is not in an operator is the call and the return: a handful of ticks of 40 instructions.
  EXPECT_LE(block.profiled_ticks - sum, 120u);
  EXPECT_NEAR(block.profiled_ticks, block.ticks[0], 400);
  // The slow part is one million times subtract and branch.
  EXPECT_NEAR(block.operator_ticks[2], 2'000'000, 100);
}

TEST_P(QemuRunnerTest, FaultsHaveTheirNames) {
  const struct {
    Variant variant;
    const char* kind;
  } cases[] = {{Variant::kWrongOutput, "candidate wrong_output"},
               {Variant::kRunFailed, "candidate run_failed"},
               {Variant::kUndefined, "candidate hard_fault"},
               {Variant::kStackDeep, "candidate stack_overflow"},
               {Variant::kStackSkip, "candidate stack_overflow"},
               {Variant::kLastByte, "none"},
               {Variant::kBeyondSram, "candidate mpu_fault"},
               {Variant::kLockUp, "candidate hard_fault"}};
  for (const auto& c : cases) {
    const RunReport report = Run(Build(c.variant), QemuConfig());
    EXPECT_EQ(KindOf(report), c.kind) << TextOf(report);
  }
}

TEST_P(QemuRunnerTest, FenceStandsExactlyAtTheLimit) {
  for (const int64_t kib : {64, 128, 256, 304, 320, 512}) {
    for (const Variant variant : {Variant::kLastByte, Variant::kBeyondSram}) {
      fake::Options options;
      options.variant = variant;
      const std::string name = std::to_string(kib) + (variant == Variant::kLastByte ? "in" : "out");
      FirmwareRequest request = fake::Request(GetParam(), folder_.path() / name, options);
      request.board.sram[0].size_bytes = kib * 1024;
      const RunReport report = Run(Build(request), QemuConfig());
      if (variant == Variant::kLastByte) {
        EXPECT_EQ(KindOf(report), "none") << kib << TextOf(report);
        continue;
      }
      EXPECT_EQ(KindOf(report), "candidate mpu_fault") << kib;
      char address[16];
      std::snprintf(address, sizeof address, "0x%08x", unsigned(0x20000000 + kib * 1024));
      EXPECT_NE(TextOf(report).find(std::string("mmfar ") + address), std::string::npos)
          << TextOf(report);
    }
  }
}

TEST_P(QemuRunnerTest, FaultRecordPointsAtTheInstruction) {
  const std::string elf_path = Build(Variant::kUndefined);
  const RunReport report = Run(elf_path, QemuConfig());
  ASSERT_EQ(KindOf(report), "candidate hard_fault");
  const std::string text = TextOf(report);
  const size_t at = text.find("pc 0x");
  ASSERT_NE(at, std::string::npos);
  const uint32_t pc = std::stoul(text.substr(at + 5, 8), nullptr, 16);
  const std::vector<uint8_t> file = ReadBytes(elf_path).value();
  const auto offset = ParseElf32(file)->FileOffset(pc, 2);
  ASSERT_TRUE(offset.has_value());
  EXPECT_EQ(file[*offset], 0x07);  // udf #7
  EXPECT_EQ(file[*offset + 1], 0xDE);
  EXPECT_NE(text.find("exception 6"), std::string::npos) << text;  // UsageFault
  EXPECT_NE(text.find("cfsr 0x00010000"), std::string::npos) << text;
}

TEST_P(QemuRunnerTest, EndlessLoopIsKilledAtTheLimit) {
  const std::string elf = Build(Variant::kEndlessLoop);
  const auto begin = std::chrono::steady_clock::now();
  const RunReport report = Run(elf, QemuConfig(), milliseconds(1500));
  const bool starved = TextOf(report).find("the host is too busy") != std::string::npos;
  EXPECT_EQ(KindOf(report), starved ? "infrastructure tool_timeout" : "candidate candidate_timeout")
      << TextOf(report);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(6000));
}

TEST_P(QemuRunnerTest, StopsOnRequest) {
  stop_.RequestStop();
  const RunReport report = Run(Build(Variant::kEndlessLoop), QemuConfig());
  EXPECT_EQ(KindOf(report), "infrastructure tool_timeout");
}

// One byte of a table flipped after the build: what a bad flash programmer leaves behind.
TEST_P(QemuRunnerTest, DamagedFlashIsNotTheCandidatesFault) {
  const std::string elf_path = Build(Variant::kGood);
  std::vector<uint8_t> file = ReadBytes(elf_path).value();
  const auto elf = ParseElf32(file);
  const ElfSection* vectors = elf->FindSection(".test_vectors");
  file[vectors->offset + 3] ^= 0x40;
  ASSERT_TRUE(WriteBytesAtomically(elf_path, file).ok());
  EXPECT_EQ(KindOf(Run(elf_path, QemuConfig())), "infrastructure verify_failed");
}

TEST_P(QemuRunnerTest, BadImagesAndMachines) {
  EXPECT_EQ(KindOf(Run("/nonexistent.elf", QemuConfig())), "infrastructure bad_image");
  RunnerConfig config = QemuConfig();
  config.machine = "no-such-machine";
  const RunReport report = Run(Build(Variant::kGood), config);
  EXPECT_EQ(KindOf(report), "infrastructure transfer_error");
  EXPECT_NE(TextOf(report).find("unsupported machine"), std::string::npos) << TextOf(report);
}

TEST_P(QemuRunnerTest, ProbeSeesTheEmulator) {
  auto runner = MakeRunner(QemuConfig());
  EXPECT_EQ((*runner)->Probe(), "");
}

TEST_P(QemuRunnerTest, MissingEmulatorIsNamed) {
  const std::string path = std::getenv("PATH");
  setenv("PATH", "/nonexistent", 1);
  auto runner = MakeRunner(QemuConfig());
  const std::string absent = (*runner)->Probe();
  setenv("PATH", path.c_str(), 1);
  EXPECT_NE(absent.find("qemu-system-arm is not installed"), std::string::npos);
}

}  // namespace
}  // namespace mcunas
