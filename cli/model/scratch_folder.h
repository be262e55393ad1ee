// A private folder under the system's temporary one, gone with its owner.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>

namespace mcunas {

class ScratchFolder {
 public:
  explicit ScratchFolder(const std::string& purpose)
      : path_(SystemFolder() / ("mcunas-" + purpose + "-" + std::to_string(getpid()))) {}
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  // Not made yet: whoever writes into it does that.
  std::string path() const { return path_.string(); }

 private:
  static std::filesystem::path SystemFolder() {
    std::error_code no_folder;  // what TMPDIR names
    const auto folder = std::filesystem::temp_directory_path(no_folder);
    return no_folder ? "/tmp" : folder;
  }

  std::filesystem::path path_;
};

}  // namespace mcunas
