// Result blocks as a board would leave them.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

#include "common/image_crc32.h"
#include "firmware/harness/result_block.h"

namespace mcunas::fake {

inline std::vector<uint8_t> BytesOf(const mcu_result_block& block) {
  std::vector<uint8_t> bytes(sizeof block);
  std::memcpy(bytes.data(), &block, sizeof block);
  return bytes;
}

// Sets the checksum to what the firmware would have computed.
inline std::vector<uint8_t> Sealed(mcu_result_block block) {
  const std::vector<uint8_t> bytes = BytesOf(block);
  block.crc32 = ImageCrc32(std::span(bytes).first(offsetof(mcu_result_block, crc32)));
  return BytesOf(block);
}

inline mcu_result_block GoodBlock(uint32_t nonce) {
  mcu_result_block block = {};
  block.magic = MCU_RESULT_MAGIC;
  block.version = MCU_RESULT_VERSION;
  block.nonce = nonce;
  block.status = MCU_STATUS_OK;
  block.clock_kind = MCU_CLOCK_INSTRUCTIONS;
  block.repetitions = 2;
  block.ticks[0] = block.ticks[1] = 4000;
  return block;
}

}  // namespace mcunas::fake
