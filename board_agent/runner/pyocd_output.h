// What pyOCD printed, turned into a class of failure. Only ever used to explain why there is no
// result: success is never read from text or from exit codes, whose meaning changed between
// versions.
#pragma once

#include <optional>
#include <string>

#include "board_agent/runner/runner.h"

namespace mcunas {

// probe_missing, bad_image, tool_missing (target or pack unknown), flash_failed or transfer_error;
// the message carries the line that told. Nothing: the text explains nothing.
std::optional<BoardFailure> ClassifyPyocdOutput(const std::string& output);

// Is another attempt with a gentler connection (under reset, slower clock) worth while?
bool IsConnectionTrouble(const BoardFailure& failure);

}  // namespace mcunas
