// Reads what mcunas needs of an ELF file for an Arm microcontroller: sections, load segments,
// symbols.
//
// Source: Tool Interface Standard ELF 1.2, Arm IHI 0044. The bytes may come from anybody: every
// offset is checked before it is followed. Thread rule: plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/expected.h"

namespace mcunas {

struct ElfSection {
  std::string name;
  uint32_t type = 0;  // 8 = NOBITS
  uint32_t flags = 0;
  uint32_t address = 0;
  uint32_t offset = 0;  // in the file
  uint32_t size = 0;
};

// One PT_LOAD program header.
struct ElfSegment {
  uint32_t virtual_address = 0;
  uint32_t physical_address = 0;  // where a loader puts it: the flash address of initialised data
  uint32_t offset = 0;            // in the file
  uint32_t file_size = 0;
  uint32_t memory_size = 0;
};

struct ElfSymbol {
  std::string name;
  uint32_t address = 0;
  uint32_t size = 0;
};

struct Elf32 {
  uint32_t entry = 0;
  std::vector<ElfSection> sections;
  std::vector<ElfSegment> segments;
  std::vector<ElfSymbol> symbols;  // named ones only

  // The first of that name, or null. Cost: linear.
  const ElfSymbol* FindSymbol(std::string_view name) const;
  const ElfSection* FindSection(std::string_view name) const;
  // File offset of the initialised bytes [address, address + size), if one segment holds them all.
  std::optional<size_t> FileOffset(uint32_t address, uint32_t size) const;
};

// kCorrupt with the reason: not an ELF, not 32-bit little-endian Arm, not executable, tables that
// lead out of the file.
Expected<Elf32> ParseElf32(std::span<const uint8_t> bytes);

}  // namespace mcunas
