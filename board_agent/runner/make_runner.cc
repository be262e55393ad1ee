#include "board_agent/runner/make_runner.h"

#include "board_agent/runner/pyocd_runner.h"
#include "board_agent/runner/qemu_runner.h"
#include "common/check.h"

namespace mcunas {

Expected<std::unique_ptr<Runner>> MakeRunner(const RunnerConfig& config) {
  switch (config.kind) {
    case RunnerKind::kQemu:
      if (config.machine.empty()) {
        return Error{ErrorCode::kUsage, "a qemu board needs the name of its machine"};
      }
      return MakeQemuRunner(config);
    case RunnerKind::kPyocd:
      // Without a target pyOCD guesses, and may take everything for RAM; without an id it may ask a
      // person.
      if (config.target.empty() || config.probe_uid.empty()) {
        return Error{ErrorCode::kUsage,
                     "a pyocd board needs a target and the unique id of its probe"};
      }
      return MakePyocdRunner(config);
  }
  MCUNAS_CHECK(false, "a runner of no known kind");
}

}  // namespace mcunas
