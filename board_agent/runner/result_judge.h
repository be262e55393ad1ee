// From the bytes read off a board to a result block or a typed failure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <variant>

#include "board_agent/runner/runner.h"

namespace mcunas {

// What a look at the memory of a running board shows.
enum class BlockState {
  kNothing,   // no magic: not finished, or never started
  kStale,     // a whole block, but of another attempt
  kComplete,  // of this attempt
  kBroken,    // magic and nonce of this attempt, but version or checksum do not fit
};

// `bytes` must have the size of mcu_result_block. Host byte order is little endian (checked at
// compile time).
BlockState ClassifyBlock(std::span<const uint8_t> bytes, uint32_t nonce);

// A complete block of status OK stays a block; everything else becomes a failure. kBroken:
// transfer_error; status other than OK: hard_fault, mpu_fault, stack_overflow, run_failed,
// wrong_output (candidate) or verify_failed (infrastructure).
std::variant<mcu_result_block, BoardFailure> JudgeBlock(std::span<const uint8_t> bytes,
                                                        uint32_t nonce);

// The time limit struck and this was the last look. kStale: stale_result; else candidate_timeout.
BoardFailure JudgeSilence(BlockState last);

}  // namespace mcunas
