// From the bytes read off a board to a result block or a typed failure. The only judge: runners ask
// it, everybody after them carries its verdict.
#pragma once

#include <cstdint>
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

// A complete block of status OK that says what was expected stays a block; everything else becomes
// a failure. Damaged, or numbers out of range: transfer_error; another attempt's: stale_result;
// another network's: wrong_image, whatever its status; else by status, then by what it holds
// (wrong_output, bad_image).
std::variant<mcu_result_block, BoardFailure> JudgeBlock(std::span<const uint8_t> bytes,
                                                        const BlockExpectation& expected);

// The time limit struck and this was the last look. kStale: stale_result; else candidate_timeout.
BoardFailure JudgeSilence(BlockState last);

// The network that the block names.
Hash128 NetworkOf(const mcu_result_block& block);

}  // namespace mcunas
