#include "board_agent/runner/pyocd_output.h"

#include <string_view>

#include "common/text.h"

namespace mcunas {
namespace {

struct Pattern {
  std::string_view text;
  std::string_view kind;
};

// In order: what is said first explains what follows. Seen with pyOCD 0.45 and 0.46.
constexpr Pattern kPatterns[] = {
    {"No connected debug probe", "probe_missing"},
    {"No available debug probes", "probe_missing"},
    {"No target device available", "probe_missing"},
    {"More than one debug probe matches", "probe_missing"},
    {"unknown debug probe type", "probe_missing"},
    {"Unable to open device", "probe_missing"},
    {"not recognized. Use 'pyocd list --targets'", "tool_missing"},
    {"cmsis-pack-manager is not installed", "tool_missing"},
    {"Magic number does not match", "bad_image"},
    {"No such file", "bad_image"},
    {"erase sector failure", "flash_failed"},
    {"erase all failure", "flash_failed"},
    {"program page failure", "flash_failed"},
    {"flash init failure", "flash_failed"},
    {"FlashFailure", "flash_failed"},
    {"Flash algorithm", "flash_failed"},
    {"no memory region defined", "bad_image"},
    {"Error while initing target", "transfer_error"},
    {"Transfer fault while initing", "transfer_error"},
    {"memory transfer failed", "transfer_error"},
    {"Target not detected", "transfer_error"},
    {"No ACK received", "transfer_error"},
    {"STLink error", "transfer_error"},
    {"DP wait", "transfer_error"},
    {"Debug power error", "transfer_error"},
    {"Error:", "transfer_error"},
};

std::string LineAt(const std::string& text, size_t position) {
  const size_t newline = text.rfind('\n', position);
  const size_t begin = newline == std::string::npos ? 0 : newline + 1;
  return Trim(text.substr(begin, text.find('\n', position) - begin));
}

}  // namespace

RunFailure ClassifyPyocdOutput(const std::string& output) {
  for (const Pattern& pattern : kPatterns) {
    const size_t position = output.find(pattern.text);
    if (position == std::string::npos) continue;
    return {false, std::string(pattern.kind), "pyOCD: " + LineAt(output, position)};
  }
  return {};
}

bool IsConnectionTrouble(const RunFailure& failure) {
  return !failure.candidate && (failure.kind == "transfer_error" || failure.kind == "flash_failed");
}

}  // namespace mcunas
