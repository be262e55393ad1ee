#include "board_agent/runner/pyocd_output.h"

#include <string_view>

#include "common/text.h"

namespace mcunas {
namespace {

struct Pattern {
  std::string_view text;
  FailureKind kind;
};

// In order: what is said first explains what follows. Seen with pyOCD 0.45 and 0.46.
constexpr Pattern kPatterns[] = {
    {"No connected debug probe", FailureKind::kProbeMissing},
    {"No available debug probes", FailureKind::kProbeMissing},
    {"No target device available", FailureKind::kProbeMissing},
    {"More than one debug probe matches", FailureKind::kProbeMissing},
    {"unknown debug probe type", FailureKind::kProbeMissing},
    {"Unable to open device", FailureKind::kProbeMissing},
    {"not recognized. Use 'pyocd list --targets'", FailureKind::kToolMissing},
    {"cmsis-pack-manager is not installed", FailureKind::kToolMissing},
    {"Magic number does not match", FailureKind::kBadImage},
    {"No such file", FailureKind::kBadImage},
    {"erase sector failure", FailureKind::kFlashFailed},
    {"erase all failure", FailureKind::kFlashFailed},
    {"program page failure", FailureKind::kFlashFailed},
    {"flash init failure", FailureKind::kFlashFailed},
    {"FlashFailure", FailureKind::kFlashFailed},
    {"Flash algorithm", FailureKind::kFlashFailed},
    {"no memory region defined", FailureKind::kBadImage},
    {"Error while initing target", FailureKind::kTransferError},
    {"Transfer fault while initing", FailureKind::kTransferError},
    {"memory transfer failed", FailureKind::kTransferError},
    {"Target not detected", FailureKind::kTransferError},
    {"No ACK received", FailureKind::kTransferError},
    {"STLink error", FailureKind::kTransferError},
    {"DP wait", FailureKind::kTransferError},
    {"Debug power error", FailureKind::kTransferError},
    {"Error:", FailureKind::kTransferError},
};

std::string LineAt(const std::string& text, size_t position) {
  const size_t newline = text.rfind('\n', position);
  const size_t begin = newline == std::string::npos ? 0 : newline + 1;
  return Trim(text.substr(begin, text.find('\n', position) - begin));
}

}  // namespace

std::optional<BoardFailure> ClassifyPyocdOutput(const std::string& output) {
  for (const Pattern& pattern : kPatterns) {
    const size_t position = output.find(pattern.text);
    if (position == std::string::npos) continue;
    return BoardFailure{pattern.kind, "pyOCD: " + LineAt(output, position)};
  }
  return std::nullopt;
}

bool IsConnectionTrouble(const BoardFailure& failure) {
  return failure.kind == FailureKind::kTransferError || failure.kind == FailureKind::kFlashFailed;
}

}  // namespace mcunas
