// ELF files of random sections, segments and symbols, built here: all of them come back, and
// damaged ones are refused or read within their bounds.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/elf32.h"
#include "common/random.h"

namespace mcunas {
namespace {

constexpr uint32_t kProgBits = 1, kSymbolTable = 2, kStringTable = 3, kNoBits = 8;

// Writes one executable: header, program headers, contents, section headers.
class ElfWriter {
 public:
  void Segment(uint32_t address, uint32_t flash, const std::vector<uint8_t>& bytes,
               uint32_t memory) {
    segments_.push_back({address, flash, 0, static_cast<uint32_t>(bytes.size()), memory});
    contents_.push_back(bytes);
  }
  void Section(const std::string& name, uint32_t type, uint32_t address, uint32_t size) {
    sections_.push_back({name, type, 0, address, 0, size});
  }
  void Symbol(const std::string& name, uint32_t address, uint32_t size) {
    symbols_.push_back({name, address, size});
  }

  std::vector<uint8_t> Finish() {
    file_.assign(52 + 32 * segments_.size(), 0);
    for (size_t i = 0; i < segments_.size(); ++i) {
      segments_[i].offset = Append(contents_[i]);
      WriteSegment(52 + 32 * i, segments_[i]);
    }
    const std::string names = Table(sections_, ".symtab", ".strtab");
    const uint32_t names_at = Append({names.begin(), names.end()});
    const std::string symbol_names = Table(symbols_, "", "");
    const uint32_t symbol_names_at = Append({symbol_names.begin(), symbol_names.end()});
    const uint32_t symbols_at = Append(SymbolTable(symbol_names));
    const uint32_t table = Append({});
    for (const ElfSection& section : sections_) AppendSection(names, section, 0);
    const auto count = static_cast<uint32_t>(sections_.size());
    AppendSection(names, {".symtab", kSymbolTable, 0, 0, symbols_at, SymbolBytes()}, count + 2);
    AppendSection(names, {".strtab", kStringTable, 0, 0, names_at, Size(names)}, 0);
    AppendSection(names, {"", kStringTable, 0, 0, symbol_names_at, Size(symbol_names)}, 0);
    WriteHeader(table, count + 3, count + 1);
    return file_;
  }

 private:
  static uint32_t Size(const std::string& text) { return static_cast<uint32_t>(text.size()); }
  uint32_t SymbolBytes() const { return 16 * static_cast<uint32_t>(symbols_.size()); }

  void Word(size_t at, uint32_t value) {
    for (size_t i = 0; i < 4; ++i) file_[at + i] = static_cast<uint8_t>(value >> (8 * i));
  }
  void Half(size_t at, uint32_t value) {
    for (size_t i = 0; i < 2; ++i) file_[at + i] = static_cast<uint8_t>(value >> (8 * i));
  }
  // Where the bytes begin, at a multiple of four.
  uint32_t Append(const std::vector<uint8_t>& bytes) {
    file_.resize((file_.size() + 3) / 4 * 4);
    const auto at = static_cast<uint32_t>(file_.size());
    file_.insert(file_.end(), bytes.begin(), bytes.end());
    return at;
  }
  template <typename Named>
  static std::string Table(const std::vector<Named>& entries, const std::string& more,
                           const std::string& yet_more) {
    std::string table(1, '\0');
    for (const Named& entry : entries) table += entry.name + '\0';
    return table + more + '\0' + yet_more + '\0';
  }
  static uint32_t NameIn(const std::string& table, const std::string& name) {
    return name.empty() ? 0 : static_cast<uint32_t>(table.find('\0' + name + '\0') + 1);
  }
  std::vector<uint8_t> SymbolTable(const std::string& names) const {
    std::vector<uint8_t> bytes;
    for (const ElfSymbol& symbol : symbols_) {
      for (uint32_t word : {NameIn(names, symbol.name), symbol.address, symbol.size, 0u})
        for (int shift = 0; shift < 32; shift += 8)
          bytes.push_back(static_cast<uint8_t>(word >> shift));
    }
    return bytes;
  }
  void WriteSegment(size_t at, const ElfSegment& segment) {
    const uint32_t words[] = {1,
                              segment.offset,
                              segment.virtual_address,
                              segment.physical_address,
                              segment.file_size,
                              segment.memory_size};
    for (size_t i = 0; i < 6; ++i) Word(at + 4 * i, words[i]);
  }
  void AppendSection(const std::string& names, const ElfSection& section, uint32_t link) {
    const size_t at = file_.size();
    file_.resize(at + 40);
    const uint32_t words[] = {NameIn(names, section.name),
                              section.type,
                              section.flags,
                              section.address,
                              section.offset,
                              section.size,
                              link};
    for (size_t i = 0; i < 7; ++i) Word(at + 4 * i, words[i]);
  }
  void WriteHeader(uint32_t section_table, uint32_t sections, uint32_t names) {
    Word(0, 0x464C457F);
    file_[4] = file_[5] = 1;
    Half(16, 2);
    Half(18, 40);
    Word(24, 0x08000001);
    Word(28, 52);
    Word(32, section_table);
    Half(42, 32);
    Half(44, static_cast<uint32_t>(segments_.size()));
    Half(46, 40);
    Half(48, sections);
    Half(50, names);
  }

  std::vector<ElfSegment> segments_;
  std::vector<std::vector<uint8_t>> contents_;
  std::vector<ElfSection> sections_;
  std::vector<ElfSymbol> symbols_;
  std::vector<uint8_t> file_;
};

std::vector<uint8_t> RandomContent(RandomStream* random) {
  std::vector<uint8_t> bytes(random->Below(40));
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random->Next());
  return bytes;
}

class ElfProperty : public testing::TestWithParam<int> {
 protected:
  RandomStream random_{1, "elf", std::to_string(GetParam())};
};
INSTANTIATE_TEST_SUITE_P(Seeds, ElfProperty, testing::Range(0, 10));

TEST_P(ElfProperty, WhatWasWrittenIsFound) {
  ElfWriter writer;
  const int segments = 1 + static_cast<int>(random_.Below(3));
  for (int i = 0; i < segments; ++i)
    writer.Segment(0x20000000 + 0x1000u * static_cast<uint32_t>(i), 0x08000000,
                   RandomContent(&random_), 64);
  const int symbols = static_cast<int>(random_.Below(6));
  for (int i = 0; i < symbols; ++i)
    writer.Symbol("symbol_" + std::to_string(i), 0x20000000u + static_cast<uint32_t>(8 * i), 8);
  writer.Symbol("", 1, 1);  // nameless ones are left out
  writer.Section(".text", kProgBits, 0x08000000, 0);
  writer.Section(".bss", kNoBits, 0x20000000, 0x40000000);  // takes nothing of the file
  const auto elf = ParseElf32(writer.Finish());
  ASSERT_TRUE(elf.ok()) << elf.error().message;
  EXPECT_EQ(elf->entry, 0x08000001u);
  EXPECT_EQ(elf->segments.size(), static_cast<size_t>(segments));
  EXPECT_EQ(elf->symbols.size(), static_cast<size_t>(symbols));
  for (int i = 0; i < symbols; ++i) {
    const ElfSymbol* symbol = elf->FindSymbol("symbol_" + std::to_string(i));
    ASSERT_NE(symbol, nullptr) << i;
    EXPECT_EQ(symbol->address, 0x20000000u + static_cast<uint32_t>(8 * i));
  }
  EXPECT_EQ(elf->FindSymbol("symbol"), nullptr);  // a beginning is no name
  ASSERT_NE(elf->FindSection(".bss"), nullptr);
  EXPECT_EQ(elf->FindSection(".bss")->size, 0x40000000u);
}

// An offset is there for exactly those ranges that one segment's part of the file holds.
TEST_P(ElfProperty, OffsetsLeadToTheBytesOfTheSegment) {
  std::vector<std::vector<uint8_t>> contents;
  ElfWriter writer;
  for (uint32_t i = 0; i < 3; ++i) {
    contents.push_back(RandomContent(&random_));
    writer.Segment(0x1000 * (i + 1), 0x08000000, contents.back(), 100);
  }
  const std::vector<uint8_t> file = writer.Finish();
  const auto elf = ParseElf32(file);
  ASSERT_TRUE(elf.ok()) << elf.error().message;
  for (uint32_t i = 0; i < 3; ++i) {
    const auto size = static_cast<uint32_t>(contents[i].size());
    const uint32_t base = 0x1000 * (i + 1);
    for (uint32_t from = 0; from <= size; ++from) {
      const auto offset = elf->FileOffset(base + from, size - from);
      ASSERT_TRUE(offset.has_value());
      for (uint32_t k = from; k < size; ++k) EXPECT_EQ(file[*offset + k - from], contents[i][k]);
      EXPECT_FALSE(elf->FileOffset(base + from, size - from + 1).has_value());
    }
  }
  EXPECT_FALSE(elf->FileOffset(0xFFF, 1).has_value());
  EXPECT_FALSE(elf->FileOffset(0xFFFFFFFF, 0xFFFFFFFF).has_value());
}

TEST_P(ElfProperty, EveryTruncationAndEveryChangedByteIsRefusedOrReadWithinItsBounds) {
  ElfWriter writer;
  writer.Segment(0x20000000, 0x08000000, RandomContent(&random_), 64);
  writer.Symbol("only", 0x20000000, 4);
  writer.Section(".data", kProgBits, 0x20000000, 0);
  const std::vector<uint8_t> whole = writer.Finish();
  for (size_t length = 0; length < whole.size(); ++length) {
    const auto elf = ParseElf32(std::span(whole).first(length));
    ASSERT_FALSE(elf.ok()) << length;  // the section headers stand at the end
    ASSERT_EQ(elf.error().code, ErrorCode::kCorrupt);
  }
  for (size_t at = 0; at < whole.size(); ++at) {
    std::vector<uint8_t> damaged = whole;
    damaged[at] = static_cast<uint8_t>(random_.Next());
    const auto elf = ParseElf32(damaged);
    if (!elf.ok()) {
      ASSERT_EQ(elf.error().code, ErrorCode::kCorrupt) << at;
      continue;
    }
    for (const ElfSegment& segment : elf->segments)
      ASSERT_LE(uint64_t{segment.offset} + segment.file_size, damaged.size()) << at;
  }
}

}  // namespace
}  // namespace mcunas
