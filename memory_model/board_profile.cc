#include "memory_model/board_profile.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "common/config_read.h"
#include "common/file.h"
#include "common/text.h"

namespace mcunas {
namespace {

constexpr int64_t kLargestAddress = 0xFFFFFFFF;

std::filesystem::path BoardsFolder() { return DataRoot() / "configs" / "boards"; }

std::string Hex(int64_t value) {
  char text[24];
  std::snprintf(text, sizeof(text), "0x%08llX", static_cast<unsigned long long>(value));
  return text;
}

// "0x" and 1 to 8 hexadecimal digits.
bool ParseHex(const std::string& text, int64_t* value) {
  const bool plausible = text.size() > 2 && text.size() <= 10 && text[0] == '0' && text[1] == 'x' &&
                         text.find_first_not_of("0123456789abcdefABCDEF", 2) == std::string::npos;
  if (plausible) *value = std::strtoll(text.c_str() + 2, nullptr, 16);
  return plausible;
}

void Address(ConfigVisitor& visitor, const char* key, int64_t& value, const FieldHelp& help) {
  std::string text = Hex(value);
  visitor.Text(key, text, help);
  visitor.Require(ParseHex(text, &value), key, "must be an address like 0x20000000");
}

void Kilobytes(ConfigVisitor& visitor, const char* key, int64_t& bytes, const std::string& help) {
  int64_t kilobytes = bytes / 1024;
  visitor.Integer(key, kilobytes, {0, 1 << 22}, {help, "kB"});
  bytes = kilobytes * 1024;
}

void DescribeRegion(ConfigVisitor& visitor, MemoryRegion& region) {
  visitor.Mandatory("name");
  visitor.Text("name", region.name, {"name in tables and linker scripts", ""});
  visitor.Mandatory("address");
  Address(visitor, "address", region.address, {"first byte", ""});
  visitor.Mandatory("size_kb");
  Kilobytes(visitor, "size_kb", region.size_bytes, "size");
  visitor.Require(region.size_bytes > 0, "size_kb", "a region cannot be empty");
  visitor.Require(region.address + region.size_bytes <= kLargestAddress + 1, "size_kb",
                  "the region ends beyond the 32-bit address space");
  visitor.Integer(
      "access_cost", region.access_cost, {0, 100},
      {"time of an access relative to the other regions; 0 = 1 for the first, else 2", ""});
}

void DescribeMemory(ConfigVisitor& visitor, BoardProfile& profile) {
  visitor.Mandatory("flash");
  visitor.Section("flash", {"where code, weights and constants lie", ""}, [&](ConfigVisitor& v) {
    Address(v, "address", profile.flash_address, {"first byte", ""});
    v.Mandatory("size_kb");
    Kilobytes(v, "size_kb", profile.flash_bytes, "size");
  });
  visitor.Mandatory("sram");
  visitor.Sections(
      "sram", {"SRAM regions; data, stack and, where it fits, the arena go into the first", ""},
      profile.sram.size(), [&](size_t size) { profile.sram.resize(size); },
      [&](ConfigVisitor& v, size_t i) { DescribeRegion(v, profile.sram[i]); });
  visitor.Section("caches", {"flash accelerator or L1 caches, in bytes; 0 = none", ""},
                  [&](ConfigVisitor& v) {
                    v.Integer("instruction", profile.icache_bytes, {0, 1 << 20}, {"", "bytes"});
                    v.Integer("data", profile.dcache_bytes, {0, 1 << 20}, {"", "bytes"});
                  });
}

void DescribeProbe(ConfigVisitor& visitor, BoardProfile& profile) {
  visitor.Section("pyocd", {"how pyOCD reaches the board; empty for virtual boards", ""},
                  [&](ConfigVisitor& v) {
                    v.Text("target", profile.pyocd_target, {"pyOCD target name", ""});
                    v.Text("pack", profile.pyocd_pack,
                           {"CMSIS pack that defines the target; empty if built in", ""});
                  });
  visitor.Section("device", {"identity read before flashing", ""}, [&](ConfigVisitor& v) {
    Address(v, "id", profile.device_id, {"DBGMCU IDCODE & 0xFFF; 0x0 = not checked", ""});
    Address(v, "id_address", profile.device_id_address, {"address of DBGMCU IDCODE", ""});
  });
}

}  // namespace

Bytes BoardProfile::sram_total() const {
  Bytes total;
  for (const MemoryRegion& region : sram) total += Bytes(region.size_bytes);
  return total;
}

void Describe(ConfigVisitor& visitor, BoardProfile& profile) {
  visitor.Mandatory("name");
  visitor.Text("name", profile.name, {"name of the board, that of the file", ""});
  visitor.Text("description", profile.description, {"what people call it", ""});
  visitor.Mandatory("core");
  visitor.Enum("core", profile.core, kCores, {"processor core", ""});
  visitor.Mandatory("family");
  visitor.Text("family", profile.family, {"folder of firmware/boards/ with its clock set-up", ""});
  visitor.Mandatory("clock_hz");
  visitor.Integer("clock_hz", profile.clock_hz, {1e6, 2e9}, {"core clock of the firmware", "Hz"});
  DescribeMemory(visitor, profile);
  DescribeProbe(visitor, profile);
  visitor.Text("qemu_machine", profile.qemu_machine, {"QEMU machine; virtual boards only", ""});
  visitor.Text("virtual_equivalent", profile.virtual_equivalent,
               {"virtual board that stands in when this one is not plugged in", ""});
  visitor.Real("cycles_per_instruction", profile.cycles_per_instruction, {0.1, 10},
               {"turns emulated instruction counts into estimated cycles", ""});
  visitor.Real("cycles_per_instruction_dense", profile.cycles_per_instruction_dense, {0.1, 10},
               {"the same for fully connected operators, which read every weight once", ""});
  visitor.Real("cycles_error", profile.cycles_error, {0, 10},
               {"relative error of estimated cycles", ""});
  visitor.Text("cycles_source", profile.cycles_source, {"where these numbers come from", ""});
  visitor.Require(profile.is_virtual() != !profile.pyocd_target.empty(), "name",
                  "a board needs either pyocd.target or qemu_machine");
}

Expected<BoardProfile> LoadBoardProfile(const std::string& name) {
  const std::vector<std::string> names = BoardNames();
  if (names.empty()) {
    return Error{ErrorCode::kNotFound, "no board profiles under " + DataRoot().string() +
                                           "; set MCUNAS_HOME to the folder that holds configs/"};
  }
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    const std::string nearest = NearestName(name, names);
    return Error{ErrorCode::kNotFound,
                 "unknown board '" + name + "'" +
                     (nearest.empty() ? "" : "; did you mean '" + nearest + "'?") +
                     " (known: " + Join(names, ", ") + ")"};
  }
  const std::filesystem::path path = BoardsFolder() / (name + ".yaml");
  BoardProfile profile;
  const Expected<void> loaded =
      LoadConfig(path.string(), {}, [&](ConfigVisitor& visitor) { Describe(visitor, profile); });
  if (!loaded) return loaded.error();
  if (profile.name != name)
    return Error{ErrorCode::kUsage, path.string() + ": the name is '" + profile.name +
                                        "', expected '" + name + "' as in the file name"};
  const auto support = BoardSupportFile(profile);
  if (!support) return support.error().WithContext(path.string());
  return profile;
}

std::vector<std::string> BoardNames() {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(BoardsFolder(), error))
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

Expected<std::filesystem::path> BoardSupportFile(const BoardProfile& board) {
  const std::filesystem::path families = DataRoot() / "firmware" / "boards";
  const std::filesystem::path file = families / board.family / "board.c";
  std::error_code error;
  if (!board.family.empty() && std::filesystem::exists(file, error)) return file;
  std::vector<std::string> known;
  for (const auto& entry : std::filesystem::directory_iterator(families, error))
    known.push_back(entry.path().filename().string());
  std::sort(known.begin(), known.end());
  return Error{ErrorCode::kNotFound,
               "board " + board.name + " is of the family '" + board.family +
                   "', but there is no " + file.string() +
                   "; write it as firmware/harness/board_support.h says, or name "
                   "one of: " +
                   Join(known, ", ") + " (generic: the reset clock, no milliseconds)"};
}

}  // namespace mcunas
