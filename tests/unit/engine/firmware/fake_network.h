// A hand-written network with the interface of generated code, and variants of it that misbehave on
// purpose.
#pragma once

#include <string>

#include "engine/toolchain/firmware_image.h"

namespace mcunas::fake {

constexpr int kArenaBytes = 8192;
constexpr int kTouchedBytes = 5000;  // highest arena byte that the good variant touches
constexpr int kInputBytes = 16;
constexpr int kOutputBytes = 10;
constexpr int kOperators = 3;

enum class Variant {
  kGood,
  kSlow,         // 2 million instructions more
  kWrongOutput,  // one output byte is off by one
  kRunFailed,    // returns non-zero
  kUndefined,    // executes an undefined instruction
  kStackDeep,    // recurses until the stack is full
  kStackSkip,    // one frame so large that it jumps over the guard
  kLastByte,     // touches the last byte of SRAM: legal
  kBeyondSram,   // touches the first byte behind SRAM
  kEndlessLoop,
  kLockUp,   // faults where no fault can be handled
  kLongRun,  // one inference outlives the 24-bit SysTick (more than 671 million instructions)
};

struct Options {
  Variant variant = Variant::kGood;
  int arena_bytes = kArenaBytes;
  int constant_bytes = 0;  // extra tables, to overflow flash
};

GeneratedSources Sources(const Options& options = {});

std::vector<int8_t> Input();
std::vector<int8_t> Output();

// qemu-m4 or qemu-m7 with these sizes.
BoardProfile Board(const std::string& core, int64_t sram_bytes = 128 * 1024,
                   int64_t flash_bytes = 512 * 1024);

// Everything together; `folder` receives sources, objects and ELF.
FirmwareRequest Request(const std::string& core, const std::string& folder,
                        const Options& options = {});

}  // namespace mcunas::fake
