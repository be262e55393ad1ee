#include "board_agent/runner/result_judge.h"

#include <bit>
#include <cstddef>
#include <cstdio>
#include <cstring>

#include "common/check.h"
#include "common/image_crc32.h"

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

std::string FaultText(const mcu_result_block& block) {
  return "exception " + std::to_string(block.fault_ipsr) + " at pc " + Hex(block.fault_pc) +
         ", lr " + Hex(block.fault_lr) + ", cfsr " + Hex(block.fault_cfsr) + ", hfsr " +
         Hex(block.fault_hfsr) + ", mmfar " + Hex(block.fault_mmfar) + ", bfar " +
         Hex(block.fault_bfar);
}

BoardFailure FailureOf(const mcu_result_block& block) {
  switch (block.status) {
    case MCU_STATUS_FAULT:
      if (block.fault_cfsr & kMemoryFaults) {
        return {FailureKind::kMpuFault, "access outside the board's SRAM: " + FaultText(block)};
      }
      return {FailureKind::kHardFault, FaultText(block)};
    case MCU_STATUS_RUN_FAILED:
      return {FailureKind::kRunFailed, "the network's run function returned an error"};
    case MCU_STATUS_STACK_OVERFLOW:
      return {FailureKind::kStackOverflow, "the stack outgrew its place: " + FaultText(block)};
    case MCU_STATUS_WRONG_OUTPUT:
      return {FailureKind::kWrongOutput,
              "the output differs from the golden bytes; its CRC-32 is " + Hex(block.output_crc32)};
    case MCU_STATUS_BAD_IMAGE:
      return {FailureKind::kVerifyFailed,
              "the board's flash does not hold the image that was built"};
    default:
      return {FailureKind::kTransferError, "unknown status " + std::to_string(block.status)};
  }
}

uint32_t ChecksumOf(std::span<const uint8_t> bytes) {
  return ImageCrc32(bytes.first(offsetof(mcu_result_block, crc32)));
}

}  // namespace

BlockState ClassifyBlock(std::span<const uint8_t> bytes, uint32_t nonce) {
  const mcu_result_block block = BlockOf(bytes);
  if (block.magic != MCU_RESULT_MAGIC) return BlockState::kNothing;
  const bool whole = block.version == MCU_RESULT_VERSION && block.crc32 == ChecksumOf(bytes);
  if (block.nonce != nonce) return whole ? BlockState::kStale : BlockState::kNothing;
  return whole ? BlockState::kComplete : BlockState::kBroken;
}

std::variant<mcu_result_block, BoardFailure> JudgeBlock(std::span<const uint8_t> bytes,
                                                        uint32_t nonce) {
  const mcu_result_block block = BlockOf(bytes);
  switch (ClassifyBlock(bytes, nonce)) {
    case BlockState::kComplete:
      break;
    case BlockState::kBroken:
      return BoardFailure{FailureKind::kTransferError,
                          "the result block came back damaged: version " +
                              std::to_string(block.version) + ", checksum " + Hex(block.crc32) +
                              ", expected " + Hex(ChecksumOf(bytes))};
    case BlockState::kStale:
      return JudgeSilence(BlockState::kStale);
    case BlockState::kNothing:
      return BoardFailure{FailureKind::kTransferError, "there is no result block"};
  }
  if (block.status == MCU_STATUS_OK) return block;
  return FailureOf(block);
}

BoardFailure JudgeSilence(BlockState last) {
  if (last == BlockState::kStale) {
    return {FailureKind::kStaleResult,
            "the board still shows the result of another attempt; this image never started"};
  }
  return {FailureKind::kCandidateTimeout,
          "no result within the time limit; the firmware still runs"};
}

}  // namespace mcunas
