#include "board_agent/runner/result_judge.h"

#include <gtest/gtest.h>

#include "tests/unit/board_agent/runner/make_block.h"

namespace mcunas {
namespace {

using fake::BytesOf;
using fake::GoodBlock;
using fake::Sealed;

constexpr uint32_t kNonce = 0xCAFE1234;

BoardFailure FailureOf(const std::vector<uint8_t>& bytes) {
  const auto result = JudgeBlock(bytes, {.nonce = kNonce});
  const auto* failure = std::get_if<BoardFailure>(&result);
  return failure ? *failure : BoardFailure{FailureKind::kUnknown, ""};
}

TEST(ResultJudgeTest, GoodBlockComesThrough) {
  const auto result = JudgeBlock(Sealed(GoodBlock(kNonce)), {.nonce = kNonce});
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
  const BoardFailure failure = FailureOf(bytes);
  EXPECT_EQ(failure.kind, FailureKind::kTransferError);
}

TEST(ResultJudgeTest, StaleNonceIsTheBenchsFault) {
  const BoardFailure failure = FailureOf(Sealed(GoodBlock(kNonce - 1)));
  EXPECT_EQ(failure.kind, FailureKind::kStaleResult);
}

TEST(ResultJudgeTest, StatusBecomesAFailureOfTheRightSide) {
  struct Case {
    uint32_t status;
    uint32_t cfsr;
    FailureKind kind;
  };
  for (const Case& c : {Case{MCU_STATUS_FAULT, 0x00010000, FailureKind::kHardFault},
                        Case{MCU_STATUS_FAULT, 0x00008200, FailureKind::kHardFault},
                        Case{MCU_STATUS_FAULT, 0x00000082, FailureKind::kMpuFault},
                        Case{MCU_STATUS_RUN_FAILED, 0, FailureKind::kRunFailed},
                        Case{MCU_STATUS_STACK_OVERFLOW, 0x82, FailureKind::kStackOverflow},
                        Case{MCU_STATUS_WRONG_OUTPUT, 0, FailureKind::kWrongOutput},
                        Case{MCU_STATUS_BAD_IMAGE, 0, FailureKind::kVerifyFailed},
                        Case{77, 0, FailureKind::kTransferError}}) {
    mcu_result_block block = GoodBlock(kNonce);
    block.status = c.status;
    block.fault_cfsr = c.cfsr;
    block.fault_pc = 0x0800BEEE;
    const BoardFailure failure = FailureOf(Sealed(block));
    EXPECT_EQ(failure.kind, c.kind);
    if (c.status == MCU_STATUS_FAULT) {
      EXPECT_NE(failure.message.find("0x0800beee"), std::string::npos) << failure.message;
    }
  }
}

class Expecting : public testing::Test {
 protected:
  void SetUp() override { block_.network_hash[3] = 5; }
  // The kind of failure, or "none".
  std::string KindOf(const mcu_result_block& block) {
    const auto result = JudgeBlock(Sealed(block), expected_);
    const auto* failure = std::get_if<BoardFailure>(&result);
    return failure == nullptr ? "none" : FailureKindName(failure->kind);
  }
  mcu_result_block block_ = GoodBlock(kNonce);
  BlockExpectation expected_{.nonce = kNonce, .network = Hash128{0, 5}, .repetitions = 2};
};

TEST_F(Expecting, WhatWasAskedForComesThrough) {
  EXPECT_EQ(KindOf(block_), "none");
  expected_.output_crc32 = block_.output_crc32;
  block_.operator_count = 1;
  expected_.profile = true;
  EXPECT_EQ(KindOf(block_), "none");
}

TEST_F(Expecting, AnotherNetworkSaysNothingAboutThisOne) {
  block_.network_hash[0] = 1;
  EXPECT_EQ(KindOf(block_), "wrong_image");
  block_.status = MCU_STATUS_FAULT;
  EXPECT_EQ(KindOf(block_), "wrong_image");
  block_.status = MCU_STATUS_BAD_IMAGE;
  EXPECT_EQ(KindOf(block_), "verify_failed") << "a damaged flash may name any network";
}

TEST_F(Expecting, OtherBytesThanTheGoldenOnesAreTheNetworks) {
  expected_.output_crc32 = block_.output_crc32 ^ 1;
  EXPECT_EQ(KindOf(block_), "wrong_output");
}

TEST_F(Expecting, AnImageThatMeasuresLessIsABadImage) {
  expected_.repetitions = 3;
  EXPECT_EQ(KindOf(block_), "bad_image");
  expected_.repetitions = 2;
  expected_.profile = true;
  EXPECT_EQ(KindOf(block_), "bad_image");
}

TEST_F(Expecting, NumbersOutOfRangeAreTheBenchs) {
  mcu_result_block wild = block_;
  wild.repetitions = MCU_MAX_REPETITIONS + 1;
  EXPECT_EQ(KindOf(wild), "transfer_error");
  wild = block_;
  wild.operator_count = 0xFFFFFFFF;
  EXPECT_EQ(KindOf(wild), "transfer_error");
  wild = block_;
  wild.clock_kind = 9;
  EXPECT_EQ(KindOf(wild), "transfer_error");
}

TEST(ResultJudgeTest, SilenceBlamesTheImageUnlessTheMemoryIsStale) {
  EXPECT_EQ(JudgeSilence(BlockState::kNothing).kind, FailureKind::kCandidateTimeout);
  EXPECT_EQ(JudgeSilence(BlockState::kStale).kind, FailureKind::kStaleResult);
}

}  // namespace
}  // namespace mcunas
