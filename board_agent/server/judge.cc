#include "board_agent/server/judge.h"

#include <algorithm>
#include <optional>

#include "common/hash.h"

namespace mcunas {
namespace {

constexpr uint32_t kMemManageFaultMask = 0xFF;  // low byte of CFSR: MemManage, the MPU's faults

std::string Hex(uint32_t value) {
  std::string text = "0x";
  for (int shift = 28; shift >= 0; shift -= 4) text += "0123456789abcdef"[(value >> shift) & 15];
  return text;
}

std::string HashOf(const mcu_result_block& block) {
  const auto pair = [&](int i) {
    return uint64_t{block.network_hash[i]} << 32 | block.network_hash[i + 1];
  };
  return Hash128{pair(0), pair(2)}.Hex();
}

BoardFailure FaultOf(const mcu_result_block& block) {
  const bool mpu = (block.fault_cfsr & kMemManageFaultMask) != 0;
  const std::string where = "pc " + Hex(block.fault_pc) + ", lr " + Hex(block.fault_lr) +
                            ", cfsr " + Hex(block.fault_cfsr) + ", hfsr " + Hex(block.fault_hfsr);
  if (mpu) {
    return BoardFailure{FailureKind::kMpuFault, "access outside the board's memory at " +
                                                    Hex(block.fault_mmfar) + " (" + where + ")"};
  }
  return BoardFailure{FailureKind::kHardFault,
                      "fault " + std::to_string(block.fault_ipsr) + " (" + where + ")"};
}

// Is the block what this attempt asked for? Everything wrong here is the bench's.
std::optional<BoardFailure> WrongBlock(const mcu_result_block& block, const JobRequest& request,
                                       uint32_t nonce) {
  if (block.magic != MCU_RESULT_MAGIC || block.version != MCU_RESULT_VERSION) {
    return BoardFailure{FailureKind::kTransferError, "no result block: magic " + Hex(block.magic)};
  }
  if (block.nonce != nonce) {
    return BoardFailure{FailureKind::kStaleResult, "the block carries nonce " + Hex(block.nonce) +
                                                       ", this attempt has " + Hex(nonce)};
  }
  if (HashOf(block) != request.network_hash) {
    return BoardFailure{FailureKind::kWrongImage, "the image holds network " + HashOf(block) +
                                                      ", the job names " + request.network_hash};
  }
  if (block.repetitions > MCU_MAX_REPETITIONS || block.operator_count > MCU_MAX_OPERATORS) {
    return BoardFailure{FailureKind::kTransferError, "the block's counts are out of range"};
  }
  return std::nullopt;
}

std::optional<BoardFailure> BadStatus(const mcu_result_block& block) {
  switch (block.status) {
    case MCU_STATUS_OK:
      return std::nullopt;
    case MCU_STATUS_FAULT:
      return FaultOf(block);
    case MCU_STATUS_RUN_FAILED:
      return BoardFailure{FailureKind::kRunFailed, "the network's run function returned an error"};
    case MCU_STATUS_STACK_OVERFLOW:
      return BoardFailure{FailureKind::kStackOverflow, "the stack grew past its guard"};
    case MCU_STATUS_WRONG_OUTPUT:
      return BoardFailure{FailureKind::kWrongOutput, "the output differs from the golden bytes"};
    default:
      return BoardFailure{FailureKind::kTransferError,
                          "unknown status " + std::to_string(block.status)};
  }
}

std::optional<BoardFailure> BadContent(const mcu_result_block& block, const JobRequest& request) {
  if (request.golden_crc32 && block.output_crc32 != *request.golden_crc32) {
    return BoardFailure{FailureKind::kWrongOutput, "output CRC-32 " + Hex(block.output_crc32) +
                                                       ", expected " + Hex(*request.golden_crc32)};
  }
  if (int64_t{block.repetitions} < request.repetitions) {
    return BoardFailure{FailureKind::kBadImage, "the image timed " +
                                                    std::to_string(block.repetitions) +
                                                    " repetitions, the job asks for " +
                                                    std::to_string(request.repetitions)};
  }
  if (request.kind == JobKind::kProfile && block.operator_count == 0) {
    return BoardFailure{FailureKind::kBadImage,
                        "the image was built without the per-operator profile"};
  }
  if (block.clock_kind != MCU_CLOCK_DWT_CYCLES && block.clock_kind != MCU_CLOCK_INSTRUCTIONS) {
    return BoardFailure{FailureKind::kTransferError,
                        "unknown clock " + std::to_string(block.clock_kind)};
  }
  return std::nullopt;
}

}  // namespace

Verdict JudgeReport(const RunReport& report, const JobRequest& request, uint32_t nonce,
                    const BoardConfig& board) {
  if (const auto* failure = std::get_if<BoardFailure>(&report.result)) {
    return *failure;
  }
  const auto& block = std::get<mcu_result_block>(report.result);
  if (auto wrong = WrongBlock(block, request, nonce)) return *wrong;
  if (auto bad = BadStatus(block)) return *bad;
  if (auto bad = BadContent(block, request)) return *bad;
  JobResult result;
  result.board = board.name;
  result.board_class = board.board_class;
  result.is_virtual = board.is_virtual();
  result.unit = block.clock_kind == MCU_CLOCK_DWT_CYCLES ? "cycles" : "instructions";
  result.ticks.assign(block.ticks, block.ticks + block.repetitions);
  result.operator_ticks.assign(block.operator_ticks, block.operator_ticks + block.operator_count);
  result.profiled_ticks = block.profiled_ticks;
  result.clock_hz = block.clock_hz;
  result.stack_peak_bytes = block.stack_peak_bytes;
  result.arena_peak_bytes = block.arena_peak_bytes;
  result.output_crc32 = block.output_crc32;
  result.warmup = static_cast<int>(std::min<uint32_t>(block.warmup, INT32_MAX));
  result.nonce = block.nonce;
  result.network_hash = HashOf(block);
  result.tool = report.tool;
  return result;
}

}  // namespace mcunas
