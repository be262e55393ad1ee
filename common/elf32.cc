#include "common/elf32.h"

#include <algorithm>

namespace mcunas {
namespace {

constexpr size_t kHeaderSize = 52;
constexpr size_t kSectionHeaderSize = 40;
constexpr size_t kProgramHeaderSize = 32;
constexpr size_t kSymbolSize = 16;
constexpr uint16_t kMachineArm = 40;
constexpr uint16_t kTypeExecutable = 2;
constexpr uint32_t kProgramLoad = 1;
constexpr uint32_t kSectionSymbols = 2;
constexpr uint32_t kSectionNoBits = 8;

// Little-endian reads inside a span; the caller has checked the range.
class Bytes32 {
 public:
  explicit Bytes32(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  bool Holds(uint64_t offset, uint64_t size) const {
    return offset <= bytes_.size() && size <= bytes_.size() - offset;
  }
  uint16_t Half(size_t at) const { return static_cast<uint16_t>(bytes_[at] | bytes_[at + 1] << 8); }
  uint32_t Word(size_t at) const { return Half(at) | uint32_t{Half(at + 2)} << 16; }

  // The zero-terminated text at `offset` of a string table, or empty where that leads outside.
  std::string Text(const ElfSection& table, uint32_t offset) const {
    if (offset >= table.size || !Holds(table.offset, table.size)) return "";
    const auto begin = bytes_.begin() + table.offset + offset;
    const auto end = bytes_.begin() + table.offset + table.size;
    return std::string(begin, std::find(begin, end, uint8_t{0}));
  }

 private:
  std::span<const uint8_t> bytes_;
};

Error Corrupt(const std::string& what) {
  return {ErrorCode::kCorrupt, "not a usable ELF: " + what};
}

Expected<void> CheckHeader(const Bytes32& file) {
  if (!file.Holds(0, kHeaderSize)) return Corrupt("shorter than its header");
  if (file.Word(0) != 0x464C457F) return Corrupt("no ELF magic");
  if (file.Half(4) != 0x0101) return Corrupt("not 32-bit little-endian");
  if (file.Half(18) != kMachineArm) return Corrupt("not for Arm");
  if (file.Half(16) != kTypeExecutable) return Corrupt("not a linked executable");
  return {};
}

ElfSection ReadSection(const Bytes32& file, size_t at) {
  ElfSection section;
  section.type = file.Word(at + 4);
  section.flags = file.Word(at + 8);
  section.address = file.Word(at + 12);
  section.offset = file.Word(at + 16);
  section.size = file.Word(at + 20);
  return section;
}

Expected<void> ReadSections(const Bytes32& file, Elf32* elf) {
  const uint64_t table = file.Word(32);
  const uint16_t count = file.Half(48);
  const uint16_t names = file.Half(50);
  if (count == 0) return {};
  if (file.Half(46) != kSectionHeaderSize) return Corrupt("section headers of an unknown size");
  if (!file.Holds(table, uint64_t{count} * kSectionHeaderSize)) {
    return Corrupt("section headers outside the file");
  }
  for (uint16_t i = 0; i < count; ++i) {
    elf->sections.push_back(ReadSection(file, table + i * kSectionHeaderSize));
    const ElfSection& section = elf->sections.back();
    if (section.type != kSectionNoBits && !file.Holds(section.offset, section.size)) {
      return Corrupt("section " + std::to_string(i) + " lies outside the file");
    }
  }
  if (names >= count) return Corrupt("no section names");
  for (uint16_t i = 0; i < count; ++i) {
    const uint32_t offset = file.Word(table + i * kSectionHeaderSize);
    elf->sections[i].name = file.Text(elf->sections[names], offset);
  }
  return {};
}

Expected<void> ReadSegments(const Bytes32& file, Elf32* elf) {
  const uint64_t table = file.Word(28);
  const uint16_t count = file.Half(44);
  if (count == 0) return Corrupt("nothing to load");
  if (file.Half(42) != kProgramHeaderSize) return Corrupt("program headers of an unknown size");
  if (!file.Holds(table, uint64_t{count} * kProgramHeaderSize)) {
    return Corrupt("program headers outside the file");
  }
  for (size_t at = table; at < table + count * kProgramHeaderSize; at += kProgramHeaderSize) {
    if (file.Word(at) != kProgramLoad) continue;
    ElfSegment segment;
    segment.offset = file.Word(at + 4);
    segment.virtual_address = file.Word(at + 8);
    segment.physical_address = file.Word(at + 12);
    segment.file_size = file.Word(at + 16);
    segment.memory_size = file.Word(at + 20);
    if (!file.Holds(segment.offset, segment.file_size)) return Corrupt("a segment is cut off");
    elf->segments.push_back(segment);
  }
  return {};
}

Expected<void> ReadSymbols(const Bytes32& file, size_t section_index, Elf32* elf) {
  const ElfSection& table = elf->sections[section_index];
  const uint32_t names = file.Word(file.Word(32) + section_index * kSectionHeaderSize + 24);
  if (names >= elf->sections.size()) return Corrupt("symbols without names");
  for (uint32_t at = 0; at + kSymbolSize <= table.size; at += kSymbolSize) {
    const size_t entry = size_t{table.offset} + at;
    ElfSymbol symbol{file.Text(elf->sections[names], file.Word(entry)), file.Word(entry + 4),
                     file.Word(entry + 8)};
    if (!symbol.name.empty()) elf->symbols.push_back(std::move(symbol));
  }
  return {};
}

}  // namespace

const ElfSymbol* Elf32::FindSymbol(std::string_view name) const {
  const auto found = std::find_if(symbols.begin(), symbols.end(),
                                  [&](const ElfSymbol& symbol) { return symbol.name == name; });
  return found == symbols.end() ? nullptr : &*found;
}

const ElfSection* Elf32::FindSection(std::string_view name) const {
  const auto found = std::find_if(sections.begin(), sections.end(),
                                  [&](const ElfSection& section) { return section.name == name; });
  return found == sections.end() ? nullptr : &*found;
}

std::optional<size_t> Elf32::FileOffset(uint32_t address, uint32_t size) const {
  for (const ElfSegment& segment : segments) {
    if (address < segment.virtual_address) continue;
    const uint64_t from = address - segment.virtual_address;
    if (from + size <= segment.file_size) return segment.offset + from;
  }
  return std::nullopt;
}

Expected<Elf32> ParseElf32(std::span<const uint8_t> bytes) {
  const Bytes32 file(bytes);
  Elf32 elf;
  if (auto checked = CheckHeader(file); !checked.ok()) return checked.error();
  elf.entry = file.Word(24);
  if (auto read = ReadSegments(file, &elf); !read.ok()) return read.error();
  if (auto read = ReadSections(file, &elf); !read.ok()) return read.error();
  for (size_t i = 0; i < elf.sections.size(); ++i) {
    if (elf.sections[i].type != kSectionSymbols) continue;
    if (auto read = ReadSymbols(file, i, &elf); !read.ok()) return read.error();
  }
  return elf;
}

}  // namespace mcunas
