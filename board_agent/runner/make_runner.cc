#include "board_agent/runner/pyocd_runner.h"
#include "board_agent/runner/qemu_runner.h"
#include "board_agent/runner/runner.h"

namespace mcunas {

Expected<std::unique_ptr<Runner>> MakeRunner(const RunnerConfig& config) {
  if (config.kind == "qemu") {
    if (config.machine.empty()) {
      return Error{ErrorCode::kUsage, "a qemu board needs the name of its machine"};
    }
    return MakeQemuRunner(config);
  }
  if (config.kind == "pyocd") {
    // Without a target pyOCD guesses, and may take everything for RAM; without an id it may ask a
    // person.
    if (config.target.empty() || config.probe_uid.empty()) {
      return Error{ErrorCode::kUsage,
                   "a pyocd board needs a target and the unique id of its probe"};
    }
    return MakePyocdRunner(config);
  }
  return Error{ErrorCode::kUsage, "unknown kind of board '" + config.kind + "' (qemu, pyocd)"};
}

}  // namespace mcunas
