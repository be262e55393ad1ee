#include "board_agent/runner/result_judge.h"

#include <gtest/gtest.h>

#include "tests/unit/board_agent/runner/make_block.h"

namespace mcunas {
namespace {

using fake::BytesOf;
using fake::GoodBlock;
using fake::Sealed;

constexpr uint32_t kNonce = 0xCAFE1234;

RunFailure FailureOf(const std::vector<uint8_t>& bytes) {
  const auto result = JudgeBlock(bytes, kNonce);
  const auto* failure = std::get_if<RunFailure>(&result);
  return failure ? *failure : RunFailure{false, "none", ""};
}

TEST(ResultJudgeTest, GoodBlockComesThrough) {
  const auto result = JudgeBlock(Sealed(GoodBlock(kNonce)), kNonce);
  const auto* block = std::get_if<mcu_result_block>(&result);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(block->ticks[1], 4000u);
}

TEST(ResultJudgeTest, StatesOfMemory) {
  EXPECT_EQ(ClassifyBlock(std::vector<uint8_t>(sizeof(mcu_result_block), 0), kNonce),
            BlockState::kNothing);
  EXPECT_EQ(ClassifyBlock(Sealed(GoodBlock(kNonce)), kNonce), BlockState::kComplete);
  EXPECT_EQ(ClassifyBlock(Sealed(GoodBlock(kNonce + 1)), kNonce), BlockState::kStale);
  EXPECT_EQ(ClassifyBlock(BytesOf(GoodBlock(kNonce)), kNonce), BlockState::kBroken);
  // Random memory that happens to hold the magic is nobody's result.
  EXPECT_EQ(ClassifyBlock(BytesOf(GoodBlock(kNonce + 1)), kNonce), BlockState::kNothing);
  mcu_result_block other = GoodBlock(kNonce);
  other.version = 99;
  EXPECT_EQ(ClassifyBlock(Sealed(other), kNonce), BlockState::kBroken);
}

TEST(ResultJudgeTest, EveryDamagedByteIsSeen) {
  const std::vector<uint8_t> good = Sealed(GoodBlock(kNonce));
  for (size_t i = 0; i < good.size(); i += 7) {
    std::vector<uint8_t> bytes = good;
    bytes[i] ^= 0x10;
    EXPECT_NE(ClassifyBlock(bytes, kNonce), BlockState::kComplete) << i;
  }
  std::vector<uint8_t> bytes = good;
  bytes.back() ^= 1;
  const RunFailure failure = FailureOf(bytes);
  EXPECT_EQ(failure.kind, "transfer_error");
  EXPECT_FALSE(failure.candidate);
}

TEST(ResultJudgeTest, StaleNonceIsTheBenchsFault) {
  const RunFailure failure = FailureOf(Sealed(GoodBlock(kNonce - 1)));
  EXPECT_EQ(failure.kind, "stale_result");
  EXPECT_FALSE(failure.candidate);
}

TEST(ResultJudgeTest, StatusBecomesAFailureOfTheRightSide) {
  struct Case {
    uint32_t status;
    uint32_t cfsr;
    const char* kind;
    bool candidate;
  };
  for (const Case& c : {Case{MCU_STATUS_FAULT, 0x00010000, "hard_fault", true},
                        Case{MCU_STATUS_FAULT, 0x00008200, "hard_fault", true},
                        Case{MCU_STATUS_FAULT, 0x00000082, "mpu_fault", true},
                        Case{MCU_STATUS_RUN_FAILED, 0, "run_failed", true},
                        Case{MCU_STATUS_STACK_OVERFLOW, 0x82, "stack_overflow", true},
                        Case{MCU_STATUS_WRONG_OUTPUT, 0, "wrong_output", true},
                        Case{MCU_STATUS_BAD_IMAGE, 0, "verify_failed", false},
                        Case{77, 0, "transfer_error", false}}) {
    mcu_result_block block = GoodBlock(kNonce);
    block.status = c.status;
    block.fault_cfsr = c.cfsr;
    block.fault_pc = 0x0800BEEE;
    const RunFailure failure = FailureOf(Sealed(block));
    EXPECT_EQ(failure.kind, c.kind);
    EXPECT_EQ(failure.candidate, c.candidate) << c.kind;
    if (c.status == MCU_STATUS_FAULT) {
      EXPECT_NE(failure.message.find("0x0800beee"), std::string::npos) << failure.message;
    }
  }
}

TEST(ResultJudgeTest, SilenceBlamesTheImageUnlessTheMemoryIsStale) {
  EXPECT_EQ(JudgeSilence(BlockState::kNothing).kind, "candidate_timeout");
  EXPECT_TRUE(JudgeSilence(BlockState::kNothing).candidate);
  EXPECT_EQ(JudgeSilence(BlockState::kStale).kind, "stale_result");
  EXPECT_FALSE(JudgeSilence(BlockState::kStale).candidate);
}

}  // namespace
}  // namespace mcunas
