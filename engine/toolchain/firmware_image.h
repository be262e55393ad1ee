// Generated C + harness + board -> an ELF that measures itself.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/expected.h"
#include "common/hash.h"
#include "common/units.h"
#include "engine/codegen/emit_c.h"
#include "memory_model/board_profile.h"

namespace mcunas {

struct FirmwareRequest {
  GeneratedSources sources;
  Hash128 network_hash;
  BoardProfile board;
  std::vector<int8_t> test_input;
  std::vector<int8_t> golden_output;  // of the reference interpreter
  int operator_count = 0;             // for the per-operator profile
  int warmup = 2;
  int repetitions = 20;
  std::string work_folder;  // sources, objects and ELF go here
};

struct FirmwareImage {
  std::string elf_path;
  Bytes flash;                     // text + rodata + data load image, from the ELF
  Bytes static_data;               // .data + .bss without arena and stack, from the ELF
  Bytes arena;                     // size of the arena symbol in the ELF
  std::vector<Bytes> more_arenas;  // the same in further memory regions
  Bytes code;             // flash without weights and constants of the network and test vectors
  std::string toolchain;  // "arm-none-eabi-gcc 12.2.1 -O2 ..."
};

// kInfeasible when the linker says that flash or SRAM overflow (by how many bytes); kUnsupported
// with the install command when the cross compiler is missing.
Expected<FirmwareImage> BuildFirmware(const FirmwareRequest& request);

}  // namespace mcunas
