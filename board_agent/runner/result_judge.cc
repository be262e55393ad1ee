#include "board_agent/runner/result_judge.h"

#include <bit>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <optional>

#include "common/check.h"
#include "common/image_crc32.h"
#include "common/names.h"

namespace mcunas {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr uint32_t kMemoryFaults = 0xFF;  // low byte of CFSR: MemManage, raised by the MPU

mcu_result_block BlockOf(std::span<const uint8_t> bytes) {
  MCUNAS_CHECK(bytes.size() == sizeof(mcu_result_block), "not the size of a result block");
  mcu_result_block block;
  std::memcpy(&block, bytes.data(), sizeof block);
  return block;
}

std::string Hex(uint32_t value) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%08x", value);
  return text;
}

BoardFailure Explained(FailureKind kind, const std::string& detail) {
  return {kind, RowOf(kFailures, kind).explanation + detail};
}

BoardFailure Damaged(const std::string& message) { return {FailureKind::kTransferError, message}; }

std::string FaultText(const mcu_result_block& block) {
  return "exception " + std::to_string(block.fault_ipsr) + " at pc " + Hex(block.fault_pc) +
         ", lr " + Hex(block.fault_lr) + ", cfsr " + Hex(block.fault_cfsr) + ", hfsr " +
         Hex(block.fault_hfsr) + ", mmfar " + Hex(block.fault_mmfar) + ", bfar " +
         Hex(block.fault_bfar);
}

std::optional<BoardFailure> WrongStatus(const mcu_result_block& block) {
  switch (block.status) {
    case MCU_STATUS_OK:
      return std::nullopt;
    case MCU_STATUS_FAULT:
      return Explained((block.fault_cfsr & kMemoryFaults) != 0 ? FailureKind::kMpuFault
                                                               : FailureKind::kHardFault,
                       ": " + FaultText(block));
    case MCU_STATUS_RUN_FAILED:
      return Explained(FailureKind::kRunFailed, "");
    case MCU_STATUS_STACK_OVERFLOW:
      return Explained(FailureKind::kStackOverflow, ": " + FaultText(block));
    case MCU_STATUS_WRONG_OUTPUT:
      return Explained(FailureKind::kWrongOutput, "; its CRC-32 is " + Hex(block.output_crc32));
    case MCU_STATUS_BAD_IMAGE:
      return Explained(FailureKind::kVerifyFailed, "");
    default:  // no number of ours: the memory cannot be what the firmware wrote
      return Damaged("unknown status " + std::to_string(block.status));
  }
}

std::optional<BoardFailure> WrongNetwork(const mcu_result_block& block,
                                         const BlockExpectation& expected) {
  // A flash with other bytes than were built may say anything about the network, too.
  if (block.status == MCU_STATUS_BAD_IMAGE) return std::nullopt;
  if (!expected.network || *expected.network == NetworkOf(block)) return std::nullopt;
  return BoardFailure{FailureKind::kWrongImage, "the image holds network " +
                                                    NetworkOf(block).Hex() + ", the job names " +
                                                    expected.network->Hex()};
}

std::optional<BoardFailure> WrongContent(const mcu_result_block& block,
                                         const BlockExpectation& expected) {
  if (block.repetitions > MCU_MAX_REPETITIONS || block.operator_count > MCU_MAX_OPERATORS) {
    return Damaged("the block's counts are out of range");
  }
  if (block.clock_kind != MCU_CLOCK_DWT_CYCLES && block.clock_kind != MCU_CLOCK_INSTRUCTIONS) {
    return Damaged("unknown clock " + std::to_string(block.clock_kind));
  }
  if (expected.output_crc32 && block.output_crc32 != *expected.output_crc32) {
    return Explained(FailureKind::kWrongOutput, "; its CRC-32 is " + Hex(block.output_crc32) +
                                                    ", expected " + Hex(*expected.output_crc32));
  }
  if (int64_t{block.repetitions} < expected.repetitions) {
    return BoardFailure{FailureKind::kBadImage, "the image timed " +
                                                    std::to_string(block.repetitions) +
                                                    " repetitions, the job asks for " +
                                                    std::to_string(expected.repetitions)};
  }
  if (expected.profile && block.operator_count == 0) {
    return BoardFailure{FailureKind::kBadImage,
                        "the image was built without the per-operator profile"};
  }
  return std::nullopt;
}

uint32_t ChecksumOf(std::span<const uint8_t> bytes) {
  return ImageCrc32(bytes.first(offsetof(mcu_result_block, crc32)));
}

}  // namespace

Hash128 NetworkOf(const mcu_result_block& block) {
  const auto pair = [&](int i) {
    return uint64_t{block.network_hash[i]} << 32 | block.network_hash[i + 1];
  };
  return Hash128{pair(0), pair(2)};
}

BlockState ClassifyBlock(std::span<const uint8_t> bytes, uint32_t nonce) {
  const mcu_result_block block = BlockOf(bytes);
  if (block.magic != MCU_RESULT_MAGIC) return BlockState::kNothing;
  const bool whole = block.version == MCU_RESULT_VERSION && block.crc32 == ChecksumOf(bytes);
  if (block.nonce != nonce) return whole ? BlockState::kStale : BlockState::kNothing;
  return whole ? BlockState::kComplete : BlockState::kBroken;
}

std::variant<mcu_result_block, BoardFailure> JudgeBlock(std::span<const uint8_t> bytes,
                                                        const BlockExpectation& expected) {
  const mcu_result_block block = BlockOf(bytes);
  switch (ClassifyBlock(bytes, expected.nonce)) {
    case BlockState::kComplete:
      break;
    case BlockState::kBroken:
      return Damaged("the result block came back damaged: version " +
                     std::to_string(block.version) + ", checksum " + Hex(block.crc32) +
                     ", expected " + Hex(ChecksumOf(bytes)));
    case BlockState::kStale:
      return JudgeSilence(BlockState::kStale);
    case BlockState::kNothing:
      return Damaged("there is no result block");
  }
  if (auto wrong = WrongNetwork(block, expected)) return *wrong;
  if (auto wrong = WrongStatus(block)) return *wrong;
  if (auto wrong = WrongContent(block, expected)) return *wrong;
  return block;
}

BoardFailure JudgeSilence(BlockState last) {
  if (last == BlockState::kStale) {
    return Explained(FailureKind::kStaleResult, "; this image never started");
  }
  return Explained(FailureKind::kCandidateTimeout, "; the firmware still runs");
}

}  // namespace mcunas
