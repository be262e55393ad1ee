#include "engine/toolchain/firmware_sources.h"

#include <algorithm>
#include <bit>
#include <cctype>
#include <cstdio>

namespace mcunas {
namespace {

constexpr int kAllowRegions = 5;  // MPU regions that memory_fence.c has for SRAM

std::string Hex(uint64_t value) {
  char text[20];
  std::snprintf(text, sizeof text, "0x%08llX", static_cast<unsigned long long>(value));
  return text;
}

std::string HexWords(const Hash128& hash) {
  std::string text;
  for (const uint64_t half : {hash.high, hash.low}) {
    text += (text.empty() ? "" : ", ") + Hex(half >> 32) + "u, " + Hex(half & 0xFFFFFFFFu) + "u";
  }
  return text;
}

std::string Upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

void ReplaceAll(std::string* text, const std::string& from, const std::string& to) {
  for (size_t at = 0; (at = text->find(from, at)) != std::string::npos; at += to.size()) {
    text->replace(at, from.size(), to);
  }
}

// How many aligned power-of-two blocks tile [begin, begin + size), as the harness cuts them.
int CountBlocks(uint64_t begin, uint64_t size) {
  int blocks = 0;
  while (size > 0) {
    const uint64_t aligned = begin & (~begin + 1);
    const uint64_t block = std::min(aligned == 0 ? size : aligned, std::bit_floor(size));
    begin += block;
    size -= block;
    ++blocks;
  }
  return blocks;
}

constexpr char kHarnessFolder[] = "firmware/harness";
constexpr char kBinding[] = R"(/* Ties the generated network to the measuring harness. */
#include "@harness@/network_binding.h"
#include "@header@"

_Static_assert(@NAME@_INPUT_BYTES == @input@, "the test input has another size than the network's");
_Static_assert(@NAME@_OUTPUT_BYTES == @output@, "the golden output has another size than the network's");
_Static_assert(@operators@ == 0 || @NAME@_OPERATOR_COUNT == @operators@, "another number of operators");

extern const int8_t mcu_test_input[];
extern const int8_t mcu_golden_output[];
uint8_t mcu_arena[@NAME@_ARENA_BYTES] __attribute__((section(".mcu_arena"), aligned(16)));
@more_arenas@static int8_t output[@NAME@_OUTPUT_BYTES] __attribute__((aligned(4)));

static int run(void) { return @name@_run(@arena@, mcu_test_input, output); }

static int run_profiled(mcu_profile_hook hook, void *user) {
  return @name@_run_profiled(@arena@, mcu_test_input, output, hook, user);
}

const struct mcu_network mcu_network = {
    .arena = mcu_arena,
    .arena_bytes = sizeof mcu_arena,
    .more_memory = @more_memory@,
    .more_memory_count = @more_count@,
    .output = output,
    .golden = mcu_golden_output,
    .output_bytes = sizeof output,
    .operator_count = @NAME@_OPERATOR_COUNT,
    .hash = {@hash@},
    .warmup = @warmup@,
    .repetitions = @repetitions@,
    .run = run,
    .run_profiled = run_profiled,
};

const struct mcu_image_info mcu_image_info __attribute__((section(".mcu_info"), used)) = {
    .version = 1, .network_hash = {@hash@}, .repetitions = @repetitions@, .board = "@board@"};
)";

// Assembled, not compiled: a C array of some 100 kB costs the compiler seconds.
constexpr char kTestVectors[] = R"(  .section .test_vectors, "a", %progbits
  .balign 16
  .global mcu_test_input
mcu_test_input:
  .incbin "test_input.bin"
  .balign 16
  .global mcu_golden_output
mcu_golden_output:
  .incbin "golden_output.bin"
  .balign 4
)";

}  // namespace

std::vector<MemoryRegion> UsedSram(const BoardProfile& board,
                                   const std::vector<Bytes>& more_arenas) {
  std::vector<MemoryRegion> used = {board.sram[0]};
  for (size_t i = 0; i < more_arenas.size() && i + 1 < board.sram.size(); ++i) {
    if (more_arenas[i].value > 0) used.push_back(board.sram[i + 1]);
  }
  return used;
}

Expected<void> CheckFence(const BoardProfile& board, const std::vector<Bytes>& more_arenas) {
  if (board.sram.empty() || board.sram[0].size_bytes <= 0 || board.flash_bytes <= 0) {
    return Error{ErrorCode::kUsage, "board " + board.name + " has no SRAM or no flash"};
  }
  for (size_t i = 0; i < more_arenas.size(); ++i) {
    if (more_arenas[i].value == 0 || i + 1 < board.sram.size()) continue;
    return Error{ErrorCode::kUsage, "board " + board.name + " has no SRAM region " +
                                        std::to_string(i + 1) + ", which the plan uses"};
  }
  int blocks = 0;
  for (const MemoryRegion& sram : UsedSram(board, more_arenas)) {
    blocks += CountBlocks(sram.address, sram.size_bytes);
    if (sram.address % 32 == 0 && sram.size_bytes % 32 == 0 && blocks <= kAllowRegions) continue;
    return Error{ErrorCode::kUnsupported,
                 "board " + board.name + ": an MPU cannot fence " +
                     std::to_string(sram.size_bytes) + " bytes of SRAM at " + Hex(sram.address) +
                     " exactly; use sizes made of at most five aligned powers of two"};
  }
  return {};
}

std::string LinkerScript(const BoardProfile& board, const std::vector<Bytes>& more_arenas) {
  const MemoryRegion& sram = board.sram[0];
  std::string text = "/* " + board.name +
                     " */\nMEMORY\n{\n  FLASH (rx) : ORIGIN = " + Hex(board.flash_address) +
                     ", LENGTH = " + std::to_string(board.flash_bytes) +
                     "\n  RAM (rwx) : ORIGIN = " + Hex(sram.address) +
                     ", LENGTH = " + std::to_string(sram.size_bytes) + "\n";
  std::string sections;
  for (size_t i = 1; i <= more_arenas.size() && i < board.sram.size(); ++i) {
    if (more_arenas[i - 1].value == 0) continue;
    const std::string number = std::to_string(i);
    text += "  RAM_" + number + " (rw) : ORIGIN = " + Hex(board.sram[i].address) +
            ", LENGTH = " + std::to_string(board.sram[i].size_bytes) + "\n";
    sections += "  .arena_" + number + " (NOLOAD) : { *(.mcu_arena_" + number + ") } > RAM_" +
                number + "\n";
  }
  text += "}\n__stack_bytes = " + std::to_string(kStackBytes) + ";\n";
  text += "INCLUDE sections.ld\n";
  if (!sections.empty()) text += "SECTIONS\n{\n" + sections + "}\n";
  return text;
}

namespace {

struct ArenaTexts {
  std::string definitions, argument, memory = "0";
  int count = 0;
};

// The arenas beside the first one, each in the memory of its region, and the SRAM around them,
// which the fence has to leave open.
ArenaTexts ArenasOf(const FirmwareRequest& request) {
  ArenaTexts texts;
  texts.argument = "mcu_arena";
  const std::vector<Bytes>& more = request.sources.more_arenas;
  if (more.empty()) return texts;
  std::string list = "mcu_arena", ranges;
  for (size_t i = 0; i < more.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    if (more[i].value == 0) {
      list += ", 0";
      continue;
    }
    texts.definitions += "uint8_t mcu_arena_" + number + "[" + std::to_string(more[i].value) +
                         "] __attribute__((section(\".mcu_arena_" + number +
                         "\"), aligned(16)));\n";
    list += ", mcu_arena_" + number;
    const MemoryRegion& sram = request.board.sram[i + 1];
    ranges += "    {" + Hex(sram.address) + "u, " +
              Hex(static_cast<uint64_t>(sram.address + sram.size_bytes)) + "u},\n";
    ++texts.count;
  }
  texts.definitions += "static void *const arenas[] = {" + list + "};\n";
  texts.argument = "arenas";
  if (texts.count == 0) return texts;
  texts.definitions += "static const struct mcu_memory more_memory[] = {\n" + ranges + "};\n";
  texts.memory = "more_memory";
  return texts;
}

}  // namespace

std::map<std::string, std::string> BindingSources(const FirmwareRequest& request,
                                                  const std::string& header) {
  std::string text = kBinding;
  const ArenaTexts arenas = ArenasOf(request);
  const std::pair<std::string, std::string> replacements[] = {
      {"@header@", header},
      {"@more_arenas@", arenas.definitions},
      {"@arena@", arenas.argument},
      {"@more_memory@", arenas.memory},
      {"@more_count@", std::to_string(arenas.count)},
      {"@harness@", kHarnessFolder},
      {"@NAME@", Upper(request.sources.name)},
      {"@name@", request.sources.name},
      {"@input@", std::to_string(request.test_input.size())},
      {"@output@", std::to_string(request.golden_output.size())},
      {"@operators@", std::to_string(request.operator_count)},
      {"@hash@", HexWords(request.network_hash)},
      {"@warmup@", std::to_string(request.warmup)},
      {"@repetitions@", std::to_string(request.repetitions)},
      {"@board@", request.board.name.substr(0, 31)},
  };
  for (const auto& [from, to] : replacements) ReplaceAll(&text, from, to);
  return {{"binding.c", text}, {"test_vectors.S", kTestVectors}};
}

}  // namespace mcunas
