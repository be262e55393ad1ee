// A private folder under the system's temporary one, gone with its owner.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>

namespace mcunas {

class ScratchFolder {
 public:
  explicit ScratchFolder(const std::string& purpose)
      : path_(std::filesystem::temp_directory_path() /
              ("mcunas-" + purpose + "-" + std::to_string(getpid()))) {}
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  // Not made yet: whoever writes into it does that.
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace mcunas
