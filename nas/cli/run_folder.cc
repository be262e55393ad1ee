#include "nas/cli/run_folder.h"

#include <sys/utsname.h>

#include <ctime>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "common/file.h"
#include "common/process.h"

namespace mcunas {
namespace {

constexpr const char* kConfigFile = "/config.resolved.yaml";

std::string UtcTime() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &utc);
  return text;
}

std::string FirstLineOf(const std::vector<std::string>& command) {
  const auto result = RunProcess({.arguments = command});
  if (!result || result->exit_code != 0) return "not installed";
  return result->output.substr(0, result->output.find('\n'));
}

std::string ProcessorName() {
  const auto text = ReadFile("/proc/cpuinfo");
  if (!text) return "unknown";
  const size_t start = text->find("model name");
  if (start == std::string::npos) return "unknown";
  const size_t colon = text->find(": ", start);
  return text->substr(colon + 2, text->find('\n', colon) - colon - 2);
}

}  // namespace

std::string DescribeEnvironment() {
  utsname system{};
  ::uname(&system);
  nlohmann::ordered_json json;
  json["mcunas"] = "0.1.0";
  json["compiler"] = "g++ " __VERSION__;
  json["system"] = std::string(system.sysname) + " " + system.release + " " + system.machine;
  json["processor"] = ProcessorName();
  json["threads"] = std::thread::hardware_concurrency();
  json["cross_compiler"] = FirstLineOf({"arm-none-eabi-gcc", "--version"});
  json["emulator"] = FirstLineOf({"qemu-system-arm", "--version"});
  json["host_compiler"] = FirstLineOf({"cc", "--version"});
  return json.dump(2) + "\n";
}

std::string ResolvedConfig(const ExperimentConfig& config) {
  ExperimentConfig copy = config;  // Describe visits a mutable struct
  return DumpConfig([&](ConfigVisitor& visitor) { Describe(visitor, copy); });
}

Expected<std::string> CreateRunFolder(const ExperimentConfig& config, const std::string& wanted) {
  const std::string folder = wanted.empty() ? "runs/" + config.name + "-" + UtcTime() : wanted;
  if (std::filesystem::exists(folder + kConfigFile)) {
    return Error{ErrorCode::kUsage,
                 folder + " holds a run already; continue it with: mcunas resume " + folder};
  }
  auto written = WriteFileAtomically(folder + "/environment.json", DescribeEnvironment());
  if (written) written = WriteFileAtomically(folder + kConfigFile, ResolvedConfig(config));
  if (!written) return written.error();
  return folder;
}

Expected<ExperimentConfig> OpenRunFolder(const std::string& folder) {
  if (!std::filesystem::exists(folder + kConfigFile)) {
    return Error{ErrorCode::kNotFound, folder + " is not a run folder (no config.resolved.yaml in it)"};
  }
  return LoadExperiment(folder + kConfigFile, {});
}

}  // namespace mcunas
