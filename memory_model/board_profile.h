// BoardProfile: what a board is, as far as fitting a network on it is concerned
// (configs/boards/*.yaml).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "common/expected.h"
#include "common/units.h"
#include "memory_model/core.h"

namespace mcunas {

class ConfigVisitor;  // common/config.h

struct MemoryRegion {
  std::string name;  // "sram1", "dtcm", "axi"
  int64_t address = 0;
  int64_t size_bytes = 0;
  // Time of an access relative to the board's other regions; 0: 1 for the first region, else 2.
  int64_t access_cost = 0;
};

struct BoardProfile {
  std::string name;  // "nucleo-f746zg"
  std::string description;
  Core core = Core::kCortexM4;
  std::string family;  // folder of firmware/boards/ that sets up its clocks: "stm32f7"
  int64_t clock_hz = 0;
  int64_t flash_address = 0;
  int64_t flash_bytes = 0;
  std::vector<MemoryRegion> sram;  // first: where arena, data and stack go by default
  int64_t icache_bytes = 0;
  int64_t dcache_bytes = 0;
  std::string pyocd_target;  // built-in or pack target; empty for virtual boards
  std::string pyocd_pack;    // CMSIS pack the target needs; empty if built in
  int64_t device_id = 0;     // DBGMCU IDCODE & 0xFFF; 0 = not checked
  int64_t device_id_address = 0;
  std::string qemu_machine;        // virtual boards only: "mps2-an386"
  std::string virtual_equivalent;  // board that stands in when this one is not plugged in
  // Cycles per executed instruction, to turn emulated counts into estimated milliseconds
  // (docs/cycle-model.md; nas/evaluate/cycle_estimate.h).
  double cycles_per_instruction = 1.5;
  double cycles_per_instruction_dense = 1.5;  // where every weight is read once
  double cycles_error = 1;    // relative; of predicting what the numbers were not fitted to
  std::string cycles_source;  // where these numbers come from

  bool is_virtual() const { return !qemu_machine.empty(); }
  Bytes flash() const { return Bytes(flash_bytes); }
  Bytes sram_total() const;
};

// In YAML, sizes are written in kB (1024 bytes) and addresses as texts ("0x20000000").
void Describe(ConfigVisitor& visitor, BoardProfile& profile);

// configs/boards/<name>.yaml under DataRoot(). An unknown name: kNotFound with the nearest name and
// the list of all. kNotFound as well where the family has no support file.
Expected<BoardProfile> LoadBoardProfile(const std::string& name);
// Names of all profiles, sorted.
std::vector<std::string> BoardNames();

// firmware/boards/<family>/board.c under DataRoot(), which every image for the board contains.
// kNotFound, naming the missing file and the families there are.
Expected<std::filesystem::path> BoardSupportFile(const BoardProfile& board);

}  // namespace mcunas
