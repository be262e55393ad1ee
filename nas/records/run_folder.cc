#include "nas/records/run_folder.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "common/sqlite.h"
#include "common/utc_time.h"

namespace mcunas {
namespace {

std::string ProcessorName() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (!line.starts_with("model name")) continue;
    const size_t colon = line.find(": ");
    if (colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

}  // namespace

Expected<std::filesystem::path> CreateRunFolder(const std::filesystem::path& runs,
                                                const std::string& name,
                                                std::chrono::system_clock::time_point now) {
  std::error_code failed;
  std::filesystem::create_directories(runs, failed);
  const std::string base = name + "-" + UtcTime(now, "%Y%m%dT%H%M%SZ");
  for (int number = 1; !failed; ++number) {
    const auto path = runs / (number == 1 ? base : base + "-" + std::to_string(number));
    if (std::filesystem::create_directory(path, failed)) return path;
  }
  return Error{ErrorCode::kIo,
               "cannot create a folder in " + runs.string() + ": " + failed.message()};
}

std::string EnvironmentJson(std::chrono::system_clock::time_point now) {
  utsname host{};
  uname(&host);
  const int64_t memory = int64_t{sysconf(_SC_PHYS_PAGES)} * sysconf(_SC_PAGESIZE);
  const nlohmann::ordered_json json = {
      {"mcunas", MCUNAS_VERSION},
      {"compiler", std::string("gcc-compatible ") + __VERSION__},
      {"started_utc", UtcTime(now, "%Y-%m-%dT%H:%M:%SZ")},
      {"host", host.nodename},
      {"system", std::string(host.sysname) + " " + host.release + " " + host.machine},
      {"processor", ProcessorName()},
      {"cores", std::thread::hardware_concurrency()},
      {"memory_bytes", memory},
      {"sqlite", SqliteVersion()},
  };
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace mcunas
