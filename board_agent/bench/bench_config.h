// BenchFile: the boards beside one agent and the agent's own limits (configs/benches/*.yaml).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "board_agent/bench/board_state.h"
#include "board_agent/runner/make_runner.h"
#include "common/expected.h"

namespace mcunas {

class ConfigVisitor;  // common/config.h

struct BoardConfig {
  std::string name;         // unique on this bench: "qemu-m7-a"
  std::string board_class;  // profile name that jobs ask for: "qemu-m7"
  std::string description;
  std::string canary;  // known-good ELF run before a suspect board is trusted; empty: probe only
  RunnerConfig runner;

  // Emulated boards give instruction counts, never times.
  bool is_virtual() const { return runner.kind == RunnerKind::kQemu; }
};

struct BenchFile {
  int64_t version = 1;
  std::string name = "bench";
  int64_t queue_limit = 1024;    // jobs waiting; more are refused with 429
  int64_t blob_limit_kb = 8192;  // largest firmware image
  int64_t attempts = 5;          // infrastructure failures after which a job fails
  int64_t restarts = 3;          // agent deaths in mid-run after which a job fails
  double keep_days = 30;         // finished jobs are forgotten after this long
  int64_t quarantine_after = 3;
  double first_wait_s = 0.5;
  double longest_wait_s = 60;
  double probe_interval_s = 10;
  std::vector<BoardConfig> boards;
};

void Describe(ConfigVisitor& visitor, RunnerConfig& runner);
void Describe(ConfigVisitor& visitor, BoardConfig& board);
void Describe(ConfigVisitor& visitor, BenchFile& bench);

// The file, checked; relative paths in it (canary, pack, pyocd with a '/') are of its folder and
// become absolute. kUsage with every problem found, kNotFound where there is no such file.
Expected<BenchFile> LoadBenchFile(const std::filesystem::path& path);

HealthPolicy PolicyOf(const BenchFile& bench);

}  // namespace mcunas
