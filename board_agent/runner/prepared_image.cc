#include "board_agent/runner/prepared_image.h"

#include <algorithm>

#include "common/elf32.h"
#include "common/file.h"

namespace mcunas {
namespace {

constexpr uint32_t kNonceBytes = 4;

BoardFailure BadImage(const std::string& message) { return {FailureKind::kBadImage, message}; }

// Code memory below the system memory of any STM32 (0x1FF00000), and the SRAM address range.
bool IsAllowed(const ElfSegment& segment) {
  const uint64_t begin = segment.physical_address;
  const uint64_t end = begin + std::max(segment.file_size, segment.memory_size);
  return end <= 0x1FF00000 || (begin >= 0x20000000 && end <= 0x40000000);
}

}  // namespace

std::variant<PreparedImage, BoardFailure> PrepareImage(const RunRequest& request,
                                                       const std::filesystem::path& copy) {
  Expected<std::vector<uint8_t>> file = ReadBytes(request.elf);
  if (!file.ok()) return BadImage(file.error().message);
  const Expected<Elf32> elf = ParseElf32(*file);
  if (!elf.ok()) return BadImage(elf.error().message);
  for (const ElfSegment& segment : elf->segments) {
    if (!IsAllowed(segment))
      return BadImage("the image wants to write outside code memory and SRAM");
  }
  const ElfSymbol* result = elf->FindSymbol("mcu_result");
  if (!result || result->size != sizeof(mcu_result_block)) {
    return BadImage("the image has no result block of this version (symbol mcu_result)");
  }
  const ElfSymbol* nonce = elf->FindSymbol("mcu_job_nonce");
  const auto offset = nonce ? elf->FileOffset(nonce->address, kNonceBytes) : std::nullopt;
  if (!offset) return BadImage("the image has no place for a nonce (symbol mcu_job_nonce)");
  for (uint32_t i = 0; i < kNonceBytes; ++i) {
    (*file)[*offset + i] = static_cast<uint8_t>(request.expected.nonce >> (8 * i));
  }
  if (auto written = WriteBytesAtomically(copy, *file); !written.ok()) {
    return BoardFailure{FailureKind::kTransferError, written.error().message};
  }
  return PreparedImage{copy, result->address, elf->entry};
}

}  // namespace mcunas
