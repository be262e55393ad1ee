// From the `runner:` section of a bench file to what drives its board.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "board_agent/runner/runner.h"
#include "common/expected.h"
#include "common/named.h"

namespace mcunas {

enum class RunnerKind { kQemu, kPyocd };
inline constexpr Named<RunnerKind> kRunnerKinds[] = {{RunnerKind::kQemu, "qemu"},
                                                     {RunnerKind::kPyocd, "pyocd"}};

// One board of a bench file (configs/benches/*.yaml); described in board_agent/bench.
struct RunnerConfig {
  RunnerKind kind = RunnerKind::kQemu;
  std::string machine;    // qemu: "mps2-an500"
  std::string target;     // pyocd: "stm32f412xg"
  std::string probe_uid;  // pyocd: unique id of the probe
  std::string pack;       // pyocd: path of a CMSIS pack
  std::string pyocd;      // pyocd: program; empty = "pyocd" in the project's .venv, then in PATH
  int64_t device_id = 0;  // pyocd: expected DBGMCU id, 0 = not checked
  int64_t device_id_address = 0;
  int64_t frequency_hz = 0;  // pyocd: SWD clock; 0 = default
};

// kUsage for missing fields.
Expected<std::unique_ptr<Runner>> MakeRunner(const RunnerConfig& config);

}  // namespace mcunas
