// The agent's private copy of a firmware image, ready for one attempt.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>

#include "board_agent/runner/runner.h"

namespace mcunas {

struct PreparedImage {
  std::filesystem::path elf;    // the copy, with this attempt's nonce inside
  uint32_t result_address = 0;  // of mcu_result
  uint32_t entry = 0;
};

// Copies request.elf to `copy`, patches the nonce by symbol and finds the result block. Failures
// are of kind bad_image: no readable ELF, no such symbols, or bytes meant for anything but code
// memory and SRAM (a client's image must not reach option bytes, one-time programmable memory or
// peripherals).
std::variant<PreparedImage, BoardFailure> PrepareImage(const RunRequest& request,
                                                       const std::filesystem::path& copy);

}  // namespace mcunas
