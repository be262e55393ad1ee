#include <gtest/gtest.h>

#include <cstring>

#include "tests/integration/qemu/firmware_run.h"

namespace mcunas {
namespace {

using fake::Variant;

class QemuDeterminismTest : public fake::FirmwareRun {};

INSTANTIATE_TEST_SUITE_P(Cores, QemuDeterminismTest, testing::Values("cortex-m4", "cortex-m7"),
                         fake::CoreName);

TEST_P(QemuDeterminismTest, TenRunsGiveTheSameBlock) {
  const std::string elf = Build(Variant::kSlow);
  mcu_result_block first = {};
  for (int i = 0; i < 10; ++i) {
    const RunReport report = Run(elf, QemuConfig());
    ASSERT_EQ(KindOf(report), "none") << TextOf(report);
    mcu_result_block block = std::get<mcu_result_block>(report.result);
    block.nonce = 0;
    block.crc32 = 0;
    if (i == 0) first = block;
    EXPECT_EQ(std::memcmp(&block, &first, sizeof block), 0) << "run " << i;
  }
}

TEST_P(QemuDeterminismTest, RepetitionsDifferByOneTickAtMost) {
  const RunReport report = Run(Build(Variant::kSlow), QemuConfig());
  ASSERT_EQ(KindOf(report), "none") << TextOf(report);
  const auto& block = std::get<mcu_result_block>(report.result);
  for (uint32_t i = 1; i < block.repetitions; ++i) {
    EXPECT_NEAR(block.ticks[i], block.ticks[0], 40) << i;  // one SysTick of 40 instructions
  }
}

// Longer than the 24 bits of SysTick: the overflow is counted, not lost.
TEST_P(QemuDeterminismTest, LongInferenceIsCountedInFull) {
  fake::Options options;
  options.variant = Variant::kLongRun;
  FirmwareRequest request = fake::Request(GetParam(), folder_.path() / "long", options);
  request.repetitions = 1;
  const RunReport report = Run(Build(request), QemuConfig(), std::chrono::milliseconds(120'000));
  ASSERT_EQ(KindOf(report), "none") << TextOf(report);
  const auto& block = std::get<mcu_result_block>(report.result);
  // 400 million times subtract and branch, and the two short operators before.
  EXPECT_NEAR(block.ticks[0], 800'000'000, 100'000);
  EXPECT_NEAR(block.profiled_ticks, block.ticks[0], 400);
}

}  // namespace
}  // namespace mcunas
