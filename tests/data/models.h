// Where tests find models: those of this folder, on every machine, and those of other people where
// they are at hand.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mcunas {

inline std::filesystem::path SourceRoot() {
  const char* home = std::getenv("MCUNAS_HOME");
  return home ? home : ".";
}

// $MCUNAS_DATA, or ../shared/data where that is not set; nothing where there is no such folder.
inline std::optional<std::filesystem::path> OutsideData() {
  const char* data = std::getenv("MCUNAS_DATA");
  const std::filesystem::path root = data ? data : SourceRoot() / ".." / "shared" / "data";
  if (!std::filesystem::is_directory(root)) return std::nullopt;
  return root;
}

// That file or folder of it, if it exists.
inline std::optional<std::filesystem::path> OutsideData(const std::string& name) {
  const auto root = OutsideData();
  if (!root || !std::filesystem::exists(*root / name)) return std::nullopt;
  return *root / name;
}

// Sorted by name.
inline std::vector<std::filesystem::path> FilesOf(const std::filesystem::path& folder,
                                                  const std::string& extension) {
  std::vector<std::filesystem::path> files;
  std::error_code ignored;
  for (std::filesystem::directory_iterator it(folder, ignored), end; it != end; ++it)
    if (it->path().extension() == extension) files.push_back(it->path());
  std::sort(files.begin(), files.end());
  return files;
}

// The .tflite files of tests/data and the published ones that are at hand.
inline std::vector<std::filesystem::path> ModelFiles() {
  auto files = FilesOf(SourceRoot() / "tests/data", ".tflite");
  for (const char* folder : {"tflite", "tflite/converter"}) {
    if (const auto published = OutsideData(folder))
      for (auto& file : FilesOf(*published, ".tflite")) files.push_back(std::move(file));
  }
  return files;
}

// Network descriptions, likewise.
inline std::vector<std::filesystem::path> NetworkFiles() {
  auto files = FilesOf(SourceRoot() / "tests/data", ".json");
  if (const auto published = OutsideData("networks"))
    for (auto& file : FilesOf(*published, ".json")) files.push_back(std::move(file));
  return files;
}

template <typename Byte = uint8_t>
std::vector<Byte> BytesOf(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return std::vector<Byte>(std::istreambuf_iterator<char>(file), {});
}

inline std::string TextOf(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace mcunas
