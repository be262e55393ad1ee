#include "tests/unit/engine/firmware/fake_network.h"

#include "common/names.h"

namespace mcunas::fake {
namespace {

constexpr char kHeader[] = R"(#ifndef FAKE_H
#define FAKE_H
#include <stdint.h>
#define FAKE_INPUT_BYTES 16
#define FAKE_OUTPUT_BYTES 10
#define FAKE_OPERATOR_COUNT 3
#define FAKE_ARENA_BYTES %arena%
typedef void (*fake_profile_hook)(void *user, int op_index);
int fake_run(void *arena, const int8_t *input, int8_t *output);
int fake_run_profiled(void *arena, const int8_t *input, int8_t *output, fake_profile_hook hook,
                      void *user);
#endif
)";

constexpr char kSource[] = R"(#include "fake.h"
#include "fake_kernels.h"
%constants%
__attribute__((unused)) static int recurse(volatile uint8_t *p, int depth) {
  volatile uint8_t frame[64];
  for (int i = 0; i < 64; ++i) frame[i] = (uint8_t)(depth + i);
  if (depth == 0) return frame[3];
  return recurse(p, depth - 1) + frame[p[0] & 63];
}

static int misbehave(volatile uint8_t *arena, int8_t *output) {
  (void)arena;
  (void)output;
  %misbehaviour%
  return 0;
}

int fake_run_profiled(void *arena, const int8_t *input, int8_t *output, fake_profile_hook hook,
                      void *user) {
  if (*(const volatile uint8_t *)table != 1) return 2; /* or the compiler drops the table */
  fake_fill(arena, input);
  if (hook) hook(user, 0);
  fake_sum(arena, output);
  if (hook) hook(user, 1);
  const int result = misbehave(arena, output);
  if (hook) hook(user, 2);
  return result;
}

int fake_run(void *arena, const int8_t *input, int8_t *output) {
  return fake_run_profiled(arena, input, output, 0, 0);
}
)";

constexpr char kKernelHeader[] = R"(#ifndef FAKE_KERNELS_H
#define FAKE_KERNELS_H
#include <stdint.h>
void fake_fill(uint8_t *arena, const int8_t *input);
void fake_sum(const uint8_t *arena, int8_t *output);
#endif
)";

constexpr char kKernels[] = R"(#include "fake_kernels.h"
void fake_fill(uint8_t *arena, const int8_t *input) {
  for (int i = 0; i < 5000; ++i) arena[i] = (uint8_t)(input[i & 15] + i);
}
void fake_sum(const uint8_t *arena, int8_t *output) {
  for (int k = 0; k < 10; ++k) {
    uint32_t sum = 0;
    for (int i = k; i < 5000; i += 10) sum += arena[i];
    output[k] = (int8_t)(uint8_t)sum;
  }
}
)";

constexpr char kStackDeepText[] = "return recurse(arena, 1000) == -1;";
constexpr char kStackSkipText[] =
    "volatile uint8_t frame[6000]; frame[0] = arena[0]; frame[5999] = frame[0]; "
    "return frame[5999] != arena[0];";
constexpr char kLongRunText[] = "for (uint32_t i = 0; i < 400000000u; ++i) __asm volatile(\"\");";

// Writes a byte at this distance from the end of SRAM, behind the compiler's back.
std::string Touch(int distance) {
  return "extern uint8_t __sram_end[]; uint32_t address = (uint32_t)__sram_end; "
         "__asm volatile(\"\" : \"+r\"(address)); *(volatile uint8_t *)(address + " +
         std::to_string(distance) + ") = 1;";
}

std::string Misbehaviour(Variant variant) {
  switch (variant) {
    case Variant::kGood:
      return "";
    case Variant::kSlow:
      return "for (uint32_t i = 0; i < 1000000u; ++i) __asm volatile(\"\");";
    case Variant::kWrongOutput:
      return "output[7]++;";
    case Variant::kRunFailed:
      return "return 1;";
    case Variant::kUndefined:
      return "__asm volatile(\"udf #7\");";
    case Variant::kStackDeep:
      return kStackDeepText;
    case Variant::kStackSkip:
      return kStackSkipText;
    case Variant::kLastByte:
      return Touch(-1);
    case Variant::kBeyondSram:
      return Touch(0);
    case Variant::kEndlessLoop:
      return "for (;;) { __asm volatile(\"\"); }";
    case Variant::kLockUp:
      return "*(volatile uint32_t *)0xE000ED08u = 0xF0000000u; __asm volatile(\"udf #7\");";
    case Variant::kLongRun:
      return kLongRunText;
  }
  return "";
}

std::string Replace(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

std::string Constants(int bytes) {
  return "static const uint8_t table[" + std::to_string(bytes + 1) + "] = {1};\n";
}

}  // namespace

GeneratedSources Sources(const Options& options) {
  GeneratedSources sources;
  sources.name = "fake";
  sources.arena = Bytes(options.arena_bytes);
  sources.files["fake.h"] = Replace(kHeader, "%arena%", std::to_string(options.arena_bytes));
  sources.files["fake.c"] =
      Replace(Replace(kSource, "%misbehaviour%", Misbehaviour(options.variant)), "%constants%",
              Constants(options.constant_bytes));
  sources.files["kernels/fake_kernels.h"] = kKernelHeader;
  sources.files["kernels/fake_kernels.c"] = kKernels;
  return sources;
}

std::vector<int8_t> Input() {
  std::vector<int8_t> input;
  for (int i = 0; i < kInputBytes; ++i) input.push_back(static_cast<int8_t>(17 * i - 100));
  return input;
}

std::vector<int8_t> Output() {
  const std::vector<int8_t> input = Input();
  std::vector<int8_t> output;
  for (int k = 0; k < kOutputBytes; ++k) {
    uint32_t sum = 0;
    for (int i = k; i < kTouchedBytes; i += kOutputBytes) {
      sum += static_cast<uint8_t>(input[i & 15] + i);
    }
    output.push_back(static_cast<int8_t>(sum & 0xFF));
  }
  return output;
}

BoardProfile Board(const std::string& core, int64_t sram_bytes, int64_t flash_bytes) {
  BoardProfile board;
  board.name = core == "cortex-m4" ? "qemu-m4" : "qemu-m7";
  board.core = *ValueOf(kCores, core);
  board.family = "mps2";
  board.flash_address = 0;
  board.flash_bytes = flash_bytes;
  board.sram = {{"sram", 0x20000000, sram_bytes}};
  board.qemu_machine = core == "cortex-m4" ? "mps2-an386" : "mps2-an500";
  return board;
}

FirmwareRequest Request(const std::string& core, const std::string& folder,
                        const Options& options) {
  FirmwareRequest request;
  request.sources = Sources(options);
  request.network_hash = HashBytes("a fake network");
  request.board = Board(core);
  request.test_input = Input();
  request.golden_output = Output();
  request.operator_count = kOperators;
  request.work_folder = folder;
  return request;
}

}  // namespace mcunas::fake
