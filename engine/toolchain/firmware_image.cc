#include "engine/toolchain/firmware_image.h"

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "common/elf32.h"
#include "common/file.h"
#include "common/image_crc32.h"
#include "common/text.h"
#include "engine/toolchain/cross_compiler.h"
#include "engine/toolchain/firmware_sources.h"

namespace mcunas {
namespace {

namespace fs = std::filesystem;
using Files = std::map<std::string, std::string>;

constexpr int kMaxRepetitions = 64;   // MCU_MAX_REPETITIONS of the result block
constexpr int kMaxOperators = 256;    // MCU_MAX_OPERATORS
constexpr uint32_t kProgramBits = 1;  // section type with bytes in the file
constexpr uint32_t kAllocated = 2;    // section flag: takes memory on the board

Expected<void> CheckRequest(const FirmwareRequest& request) {
  if (request.repetitions < 1 || request.repetitions > kMaxRepetitions) {
    return Error{ErrorCode::kUsage, "repetitions must be 1 to " + std::to_string(kMaxRepetitions)};
  }
  if (request.operator_count > kMaxOperators) {
    return Error{ErrorCode::kUnsupported, "the per-operator profile holds at most " +
                                              std::to_string(kMaxOperators) + " operators"};
  }
  if (request.test_input.empty() || request.golden_output.empty()) {
    return Error{ErrorCode::kUsage, "a firmware image needs a test input and its golden output"};
  }
  return CheckFence(request.board, request.sources.more_arenas);
}

std::string Chars(const std::vector<int8_t>& bytes) {
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

// The harness and the support of one board, relative to DataRoot().
Expected<Files> HarnessFiles(const BoardProfile& board) {
  if (const auto support = BoardSupportFile(board); !support.ok()) return support.error();
  Files files;
  std::error_code error;
  for (const std::string& folder :
       {std::string("firmware/harness"), "firmware/boards/" + board.family}) {
    for (fs::directory_iterator it(DataRoot() / folder, error), end; !error && it != end;
         it.increment(error)) {
      const std::string extension = it->path().extension();
      if (extension != ".c" && extension != ".h") continue;
      Expected<std::string> text = ReadFile(it->path());
      if (!text.ok()) return text.error();
      files[folder + "/" + it->path().filename().string()] = *std::move(text);
    }
    if (error) {
      return Error{ErrorCode::kNotFound,
                   "no firmware sources in " + (DataRoot() / folder).string()};
    }
  }
  return files;
}

// The sources of one image, written out, and what the compiler needs to know of them.
struct Workspace {
  fs::path root;
  Files network;  // generated files and the binding, relative to root/network
  Files harness;  // relative to DataRoot()
};

Expected<std::string> FindHeader(const GeneratedSources& sources) {
  for (const auto& [path, text] : sources.files) {
    if (fs::path(path).filename() == sources.name + ".h") return path;
  }
  return Error{ErrorCode::kCorrupt, "the generated sources lack " + sources.name + ".h"};
}

Expected<Workspace> Prepare(const FirmwareRequest& request) {
  Workspace workspace;
  workspace.root = fs::absolute(request.work_folder).lexically_normal();
  Expected<Files> harness = HarnessFiles(request.board);
  if (!harness.ok()) return harness.error();
  workspace.harness = *std::move(harness);
  const Expected<std::string> header = FindHeader(request.sources);
  if (!header.ok()) return header.error();
  workspace.network = request.sources.files;
  workspace.network.merge(BindingSources(request, *header));
  Files all = {{"board.ld", LinkerScript(request.board, request.sources.more_arenas)},
               {"network/test_input.bin", Chars(request.test_input)},
               {"network/golden_output.bin", Chars(request.golden_output)}};
  for (const auto& [path, text] : workspace.network) all["network/" + path] = text;
  for (const auto& [path, text] : all) {
    if (auto written = WriteFileAtomically(workspace.root / path, text); !written.ok()) {
      return written.error();
    }
  }
  std::error_code error;
  fs::create_directories(workspace.root / "objects", error);
  fs::create_directories(workspace.root / "network_objects", error);
  if (error) return Error{ErrorCode::kIo, "cannot create " + workspace.root.string()};
  return workspace;
}

std::string ObjectName(std::string path) {
  std::replace(path.begin(), path.end(), '/', '_');
  return path + ".o";
}

// Folders of all headers, so that generated files find each other however they are grouped.
std::vector<std::string> IncludeFlags(const Workspace& workspace) {
  const fs::path network = workspace.root / "network";
  std::vector<std::string> flags = {"-I" + network.string(), "-Wa,-I," + network.string(),
                                    "-I" + DataRoot().string()};
  for (const auto& [path, text] : workspace.network) {
    const fs::path file = path;
    if (file.extension() != ".h" || file.parent_path().empty()) continue;
    const std::string flag = "-I" + (network / file.parent_path()).string();
    if (std::find(flags.begin(), flags.end(), flag) == flags.end()) flags.push_back(flag);
  }
  return flags;
}

// Only what other images have too is cached: kernels, not this network's own tables.
bool IsShared(const FirmwareRequest& request, const std::string& path) {
  const std::string name = fs::path(path).filename();
  return request.sources.files.contains(path) && !name.starts_with(request.sources.name);
}

std::vector<CompileUnit> Units(const FirmwareRequest& request, const Workspace& workspace) {
  std::vector<CompileUnit> units;
  const std::vector<std::string> includes = IncludeFlags(workspace);
  for (const auto& [path, text] : workspace.network) {
    if (!path.ends_with(".c") && !path.ends_with(".S")) continue;
    if (fs::path(path).filename() == "main.c") continue;  // the project's example for hosts
    CompileUnit unit{workspace.root / "network" / path,
                     workspace.root / "network_objects" / ObjectName(path), "", includes};
    if (IsShared(request, path)) unit.identity = TextWithIncludes(path, workspace.network);
    units.push_back(std::move(unit));
  }
  const std::string clock = "-DMCU_CLOCK_HZ=" + std::to_string(request.board.clock_hz) + "u";
  for (const auto& [path, text] : workspace.harness) {
    if (!path.ends_with(".c")) continue;
    units.push_back({DataRoot() / path,
                     workspace.root / "objects" / ObjectName(path),
                     clock + TextWithIncludes(path, workspace.harness),
                     {clock, "-I" + DataRoot().string()}});
  }
  return units;
}

Error InfeasibleFor(const Error& error, const BoardProfile& board) {
  if (error.code != ErrorCode::kInfeasible) return error;
  return {error.code, "does not fit " + board.name + " (flash " +
                          std::to_string(board.flash_bytes) + ", SRAM " +
                          std::to_string(board.sram[0].size_bytes) + " bytes): " + error.message};
}

// The bytes of flash [begin, end), by the addresses a loader uses. kCorrupt where they have holes.
Expected<std::vector<uint8_t>> FlashBytes(const Elf32& elf, const std::vector<uint8_t>& file,
                                          uint32_t begin, uint32_t end) {
  std::vector<uint8_t> image(end - begin);
  size_t filled = 0;
  for (const ElfSegment& segment : elf.segments) {
    const uint64_t from = std::max<uint64_t>(begin, segment.physical_address);
    const uint64_t to =
        std::min<uint64_t>(end, uint64_t{segment.physical_address} + segment.file_size);
    if (from >= to) continue;
    std::memcpy(image.data() + (from - begin),
                file.data() + segment.offset + (from - segment.physical_address), to - from);
    filled += to - from;
  }
  if (filled != image.size()) return Error{ErrorCode::kCorrupt, "the image has holes"};
  return image;
}

// The firmware checks itself against this before it measures anything.
Expected<void> StoreChecksum(const Elf32& elf, std::vector<uint8_t>* file) {
  const ElfSymbol* begin = elf.FindSymbol("__image_start");
  const ElfSymbol* end = elf.FindSymbol("__image_end");
  const ElfSymbol* place = elf.FindSymbol("mcu_image_crc32");
  if (!begin || !end || !place || end->address < begin->address) {
    return Error{ErrorCode::kCorrupt, "the image lacks the symbols of its checksum"};
  }
  const Expected<std::vector<uint8_t>> image = FlashBytes(elf, *file, begin->address, end->address);
  if (!image.ok()) return image.error();
  const auto offset = elf.FileOffset(place->address, 4);
  if (!offset) return Error{ErrorCode::kCorrupt, "the image has no place for its checksum"};
  const uint32_t crc = ImageCrc32(*image);
  for (int i = 0; i < 4; ++i) (*file)[*offset + i] = static_cast<uint8_t>(crc >> (8 * i));
  return {};
}

int64_t SizeOf(const Elf32& elf, const char* section) {
  const ElfSection* found = elf.FindSection(section);
  return found ? found->size : 0;
}

Expected<FirmwareImage> Describe(const Elf32& elf, size_t regions) {
  FirmwareImage image;
  for (const ElfSection& section : elf.sections) {
    if (section.type == kProgramBits && (section.flags & kAllocated)) {
      image.flash += Bytes(section.size);
    }
  }
  const ElfSymbol* arena = elf.FindSymbol("mcu_arena");
  if (!arena) return Error{ErrorCode::kCorrupt, "the image has no arena"};
  image.arena = Bytes(arena->size);
  for (size_t i = 1; i < regions; ++i) {
    const ElfSymbol* more = elf.FindSymbol("mcu_arena_" + std::to_string(i));
    image.more_arenas.push_back(Bytes(more ? more->size : 0));
  }
  image.static_data = Bytes(SizeOf(elf, ".data") + SizeOf(elf, ".bss"));
  image.code =
      image.flash - Bytes(SizeOf(elf, ".network_constants") + SizeOf(elf, ".test_vectors"));
  return image;
}

Expected<FirmwareImage> Finish(const fs::path& elf_path, size_t regions) {
  Expected<std::vector<uint8_t>> file = ReadBytes(elf_path);
  if (!file.ok()) return file.error();
  const Expected<Elf32> elf = ParseElf32(*file);
  if (!elf.ok()) return elf.error();
  if (auto stored = StoreChecksum(*elf, &*file); !stored.ok()) return stored.error();
  if (auto written = WriteBytesAtomically(elf_path, *file); !written.ok()) return written.error();
  Expected<FirmwareImage> image = Describe(*elf, regions);
  if (image.ok()) image->elf_path = elf_path.string();
  return image;
}

}  // namespace

Expected<FirmwareImage> BuildFirmware(const FirmwareRequest& request) {
  if (auto checked = CheckRequest(request); !checked.ok()) return checked.error();
  Expected<CrossCompiler> compiler = FindCrossCompiler(request.board.core);
  if (!compiler.ok()) return compiler.error();
  const Expected<Workspace> workspace = Prepare(request);
  if (!workspace.ok()) return workspace.error();
  const std::vector<CompileUnit> units = Units(request, *workspace);
  const fs::path cache = workspace->root.parent_path() / "object-cache";
  if (auto done = CompileAll(*compiler, units, cache); !done.ok()) return done.error();

  LinkRequest link;
  for (const CompileUnit& unit : units) link.objects.push_back(unit.object);
  link.script = workspace->root / "board.ld";
  link.script_folder = DataRoot() / "firmware/harness";
  link.elf = workspace->root / "firmware.elf";
  link.map = workspace->root / "firmware.map";
  if (auto linked = Link(*compiler, link); !linked.ok()) {
    return InfeasibleFor(linked.error(), request.board);
  }
  Expected<FirmwareImage> image = Finish(link.elf, 1 + request.sources.more_arenas.size());
  if (!image.ok()) return image.error();
  image->toolchain =
      "arm-none-eabi-gcc " + compiler->version + " " + Join(CompileFlags(*compiler), " ");
  return image;
}

}  // namespace mcunas
