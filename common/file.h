// Whole-file reading and crash-safe writing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/expected.h"

namespace mcunas {

// kNotFound if absent, kIo otherwise; messages carry the path and the system's reason.
Expected<std::string> ReadFile(const std::filesystem::path& path);
Expected<std::vector<uint8_t>> ReadBytes(const std::filesystem::path& path);

// Readers see the old content or the new one, never a half: writes path + ".tmp<pid>", fsync,
// rename, fsync of the folder. Creates missing folders. kIo on any failure ("No space left on
// device").
Expected<void> WriteFileAtomically(const std::filesystem::path& path, std::string_view content);
Expected<void> WriteBytesAtomically(const std::filesystem::path& path,
                                    std::span<const uint8_t> content);

// Where the program's own data lies (configs/, firmware/, kernels/): MCUNAS_HOME if set,
// else FindDataRoot of the running executable's folder.
std::filesystem::path DataRoot();

// The installed share folder ../share/mcunas if it has configs/, else the nearest folder upwards
// with configs/boards (the source tree a build folder lies in), else the share folder, existing or
// not.
std::filesystem::path FindDataRoot(const std::filesystem::path& executable_folder);

}  // namespace mcunas
